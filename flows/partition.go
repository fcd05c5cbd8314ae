package flows

import (
	"slices"
	"strconv"
	"strings"
)

// partitions say how finely facts are told apart while a rule is verified: for each tracked
// fact, classes of values. A fact that is not tracked is one class of all its values.
type partitions struct {
	b  *Book
	of map[string][][]string
}

// anything stands for every value of a fact that has no list of them.
const anything = "\x00anything"

// classMark begins the value of a fact that stands for a whole class of values.
const classMark = "\x00class"

// newPartitions tells apart what a promise tells apart.
func newPartitions(b *Book, p *promise) *partitions {
	ps := &partitions{b: b, of: map[string][][]string{}}
	if p == nil {
		return ps
	}
	for _, a := range append(slices.Clone(p.cond.when), p.cond.unless...) {
		ps.split(a.fact, a.values)
	}
	for _, f := range append(slices.Clone(p.cond.known), p.cond.unknown...) {
		ps.split(f, []string{""})
	}
	return ps
}

// values gives all values a fact can have, "" among them.
func (ps *partitions) values(fact string) []string {
	if f := ps.b.facts[fact]; f != nil && len(f.values) > 0 {
		return append([]string{""}, f.values...)
	}
	return []string{"", anything}
}

// split tells some values of a fact apart from the others; false if they are already.
func (ps *partitions) split(fact string, values []string) bool {
	classes, tracked := ps.of[fact]
	if !tracked {
		classes = [][]string{ps.values(fact)}
	}
	var finer [][]string
	for _, c := range classes {
		in, out := parted(c, values)
		for _, part := range [][]string{in, out} {
			if len(part) > 0 {
				finer = append(finer, part)
			}
		}
	}
	ps.of[fact] = finer
	return !tracked || len(finer) > len(classes)
}

// parted cuts a list into what is among the values and what is not.
func parted(list, values []string) (in, out []string) {
	for _, v := range list {
		if slices.Contains(values, v) {
			in = append(in, v)
		} else {
			out = append(out, v)
		}
	}
	return in, out
}

// class gives what stands in a state for a fact's value: "" for the class of "", else a mark.
func (ps *partitions) class(fact, value string) string {
	if strings.HasPrefix(value, classMark) {
		return value
	}
	for i, c := range ps.of[fact] {
		if slices.Contains(c, value) || value != "" && slices.Contains(c, anything) {
			if slices.Contains(c, "") {
				return ""
			}
			return classMark + strconv.Itoa(i)
		}
	}
	return ""
}

// members gives the values that what stands in a state can mean.
func (ps *partitions) members(fact, value string) []string {
	if rest, ok := strings.CutPrefix(value, classMark); ok {
		i, err := strconv.Atoi(rest)
		if err == nil && i < len(ps.of[fact]) {
			return ps.of[fact][i]
		}
	}
	if value != "" {
		return []string{value}
	}
	for _, c := range ps.of[fact] {
		if slices.Contains(c, "") {
			return c
		}
	}
	return ps.values(fact)
}

// facts gives a complete-looking set of facts for a condition that does not look inside a class.
func (ps *partitions) facts(state map[string]string) map[string]string {
	out := map[string]string{}
	for fact := range ps.of {
		v := ps.members(fact, state[fact])[0]
		if v != "" {
			out[fact] = strings.Replace(v, anything, sampleFill, 1)
		}
	}
	return out
}
