package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// waiting tells of the step somebody stands at.
func (o *outlook) waiting(st *step, callers []Place) {
	o.meaning.add("the kind", st.kind, false)
	switch body := st.body.(type) {
	case *askBody:
		o.meaning.add("the fact it remembers", o.fact(body.fact), false)
		o.words.add("the question", o.text(body.text), false)
		o.meaning.add("its line in the ticket", fmt.Sprint(!body.tried.empty()), false)
		o.words.add("its line in the ticket", o.text(body.tried), false)
		o.choices(body.choices, callers)
	case *fillBody:
		o.meaning.add("the fact it asks for", o.fact(body.fact), false)
		o.words.add("the question", o.text(body.text), false)
		o.meaning.add("the answer", "leads to "+body.to.Place.String(), false)
		o.choices(body.choices, callers)
		o.pass(body.to.Place, callers)
	default:
		for i, r := range st.body.roads() {
			o.meaning.add(fmt.Sprintf("way %d", i+1), "leads to "+r.to.Place.String(), false)
			o.pass(r.to.Place, callers)
		}
	}
}

func (o *outlook) choices(cs []*choice, callers []Place) {
	var order []string
	for _, c := range cs {
		name := fmt.Sprintf("the choice %q", c.id)
		order = append(order, c.id)
		o.meaning.add(name, "leads to "+c.to.Place.String()+o.sets(c.set), false)
		o.words.add("the label of "+name, o.text(c.label), false)
		o.words.add("what people write for "+name, o.phrases(c.intents, c.phrases), false)
		o.pass(c.to.Place, callers)
	}
	o.words.add("the order of the choices", strings.Join(order, ", "), false)
}

// jump tells of a line of always.
func (o *outlook) jump(f *flow, j *jump) {
	name := fmt.Sprintf("the line %q of %s", j.name, f.name)
	o.meaning.add(name, "leads to "+j.to.Place.String()+o.condition(j.cond), false)
	o.words.add("the label of "+name, o.text(o.b.jumpLabel(j)), false)
	o.words.add("what people write for "+name, o.phrases(j.intents, j.phrases), false)
	o.pass(j.to.Place, nil)
}

// pass follows the steps that do not wait. callers are the calls we are in.
func (o *outlook) pass(p Place, callers []Place) {
	if o.b.flows[p.Flow].audience != "" {
		callers = nil
	}
	seen := fmt.Sprint(p, callers)
	if o.walked[seen] {
		return
	}
	o.walked[seen] = true
	st := o.b.step(p)
	sets := st.kind + o.sets(st.set)
	mean := func(format string, args ...any) {
		o.meaning.add(p.String(), strings.TrimSpace(sets+" "+fmt.Sprintf(format, args...)), true)
	}
	switch body := st.body.(type) {
	case *fillBody:
		if !body.once {
			mean("")
			return
		}
		mean("%s once, leads to %s", body.fact, body.to.Place)
		o.pass(body.to.Place, callers)
	case *branchBody:
		var ways []string
		for _, w := range body.ways {
			ways = append(ways, "leads to "+w.to.Place.String()+o.condition(w.cond))
			o.pass(w.to.Place, callers)
		}
		mean("%s", strings.Join(ways, ", "))
	case *sayBody:
		mean("leads to %s", body.to.Place)
		o.words.add("the words of "+p.String(), o.text(body.text), true)
		o.pass(body.to.Place, callers)
	case *callBody:
		mean("begins at %s", body.begin.Place)
		o.pass(body.begin.Place, append(slices.Clone(callers), p))
	case *returnBody:
		mean("%s", body.end)
		o.comeBack(body.end, callers)
	case *ticketBody:
		mean("to %s, problem %q, own words %t", body.queue, body.problem, !body.say.empty())
		o.words.add("the words of "+p.String(), o.text(body.say)+o.text(body.about), true)
	case *resolvedBody:
		mean("")
		o.words.add("the words of "+p.String(), o.text(body.text), true)
	default:
		mean("")
	}
}

// comeBack goes on after the end of a called flow.
func (o *outlook) comeBack(end string, callers []Place) {
	if len(callers) == 0 {
		return
	}
	last := len(callers) - 1
	c, ok := o.b.step(callers[last]).body.(*callBody)
	if !ok || c.on[end] == nil {
		return
	}
	name := fmt.Sprintf("the end %q of the call %s", end, callers[last])
	o.meaning.add(name, "leads to "+c.on[end].Place.String(), true)
	o.pass(c.on[end].Place, callers[:last])
}

func (o *outlook) fact(name string) string {
	f, ok := o.b.facts[name]
	if !ok {
		return "none"
	}
	if f.kind != factValues {
		return name + " of the kind " + string(f.kind)
	}
	return name
}

func (o *outlook) sets(as []assign) string {
	var b strings.Builder
	for _, a := range as {
		fmt.Fprintf(&b, ", sets %s to %q", a.fact, a.value)
	}
	return b.String()
}

func (o *outlook) condition(c condition) string {
	var out []string
	for _, a := range c.when {
		out = append(out, fmt.Sprintf("when %s is %s", a.fact, strings.Join(a.values, " or ")))
	}
	for _, a := range c.unless {
		out = append(out, fmt.Sprintf("unless %s is %s", a.fact, strings.Join(a.values, " or ")))
	}
	for _, k := range c.known {
		out = append(out, "when "+k+" is known")
	}
	for _, k := range c.unknown {
		out = append(out, "when "+k+" is not known")
	}
	if len(out) == 0 {
		return ""
	}
	return " " + strings.Join(out, " and ")
}

// text writes a text in the languages that count, a line each.
func (o *outlook) text(t Text) string {
	var b strings.Builder
	for _, l := range o.langs {
		b.WriteString(l + " ")
		for _, p := range t.parts[l] {
			if p.name == "" {
				fmt.Fprintf(&b, "%q", p.lit)
			} else {
				fmt.Fprintf(&b, "{%s %t}", p.name, p.capital)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// phrases writes what people can write, in the languages that count.
func (o *outlook) phrases(intents []string, own map[string][]Phrase) string {
	all := map[string]bool{}
	for _, l := range o.langs {
		for _, ph := range own[l] {
			all[l+" "+ph.plain] = true
		}
		for _, in := range intents {
			for _, ph := range o.b.intents[in].phrases[l] {
				all[l+" "+ph.plain] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(all)), "\n") + "\n"
}
