package bot_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"go.yaml.in/yaml/v4"

	"latchkey/flows"
)

// editor changes books at random, as hasty authors would: words, names, roads, queues.
type editor struct {
	t   *testing.T
	rng *rand.Rand
	n   int
}

// trees are the files an editor works on.
var trees = []string{"client.yaml", "reset.yaml", "details.yaml", "app.yaml"}

// quickBook is the shipped tree for clients with few phrases: it loads in a third of the time.
func quickBook(t *testing.T) *flows.Book {
	t.Helper()
	files := shippedBook(t).Files()
	top := parsed(t, files["intents.yaml"])
	for _, languages := range values(at(top, "intents")) {
		for _, phrases := range values(languages) {
			if phrases.Kind == yaml.SequenceNode {
				phrases.Content = phrases.Content[:min(2, len(phrases.Content))]
			}
		}
	}
	files["intents.yaml"] = dumped(t, top)
	professional := parsed(t, files["professional.yaml"])
	for i := 0; i < len(professional.Content); i += 2 {
		if professional.Content[i].Value == "facts" {
			professional.Content = professional.Content[i : i+2] // the pieces ask for them
			break
		}
	}
	files["professional.yaml"] = dumped(t, professional)
	top = parsed(t, files["client.yaml"])
	for _, road := range roads(top) {
		if road.Value == "professional" {
			road.Value = "person"
		}
	}
	files["client.yaml"] = dumped(t, top)
	book, err := flows.LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// edit gives another book that loads, and says what is different.
func (e *editor) edit(book *flows.Book) (*flows.Book, string) {
	e.t.Helper()
	edits := []func(steps *yaml.Node, top *yaml.Node) string{e.reword, e.rename, e.redirect, e.requeue, e.remove, e.reorder, e.renameChoice}
	for range 200 {
		files := book.Files()
		name := trees[e.rng.IntN(len(trees))]
		top := parsed(e.t, files[name])
		e.n++
		what := edits[e.rng.IntN(len(edits))](at(top, "steps"), top)
		if what == "" {
			continue
		}
		files[name] = dumped(e.t, top)
		if changed, err := flows.LoadFiles(files); err == nil && changed.Version != book.Version {
			return changed, name + ": " + what
		}
	}
	e.t.Fatal("no edit of 200 loads")
	return nil, ""
}

func (e *editor) step(steps *yaml.Node) (i int, name string) {
	i = e.rng.IntN(len(steps.Content)/2) * 2
	return i, steps.Content[i].Value
}

func (e *editor) reword(steps, _ *yaml.Node) string {
	i, name := e.step(steps)
	texts := under(steps.Content[i+1], "ask", "say", "resolved", "label", "about", "tried")
	for _, text := range texts {
		for _, words := range values(text) {
			words.SetString(fmt.Sprintf("%s ~%d", words.Value, e.n))
		}
	}
	if len(texts) == 0 {
		return ""
	}
	return "other words at " + name
}

func (e *editor) rename(steps, top *yaml.Node) string {
	i, old := e.step(steps)
	name := fmt.Sprintf("%s_%d", old, e.n)
	steps.Content[i].Value = name
	for _, road := range roads(top) {
		if road.Value == old {
			road.Value = name
		}
	}
	return old + " is called " + name
}

func (e *editor) redirect(steps, top *yaml.Node) string {
	all := roads(top)
	road := all[e.rng.IntN(len(all))]
	old := road.Value
	_, road.Value = e.step(steps)
	return fmt.Sprintf("a road to %s leads to %s", old, road.Value)
}

func (e *editor) requeue(steps, _ *yaml.Node) string {
	tickets := under(steps, "ticket")
	if len(tickets) == 0 {
		return ""
	}
	ticket := tickets[e.rng.IntN(len(tickets))]
	other := map[string]string{"support": "hexpert", "hexpert": "support"}
	ticket.Value = other[ticket.Value]
	return "a ticket goes to " + ticket.Value
}

func (e *editor) remove(steps, top *yaml.Node) string {
	i, old := e.step(steps)
	_, instead := e.step(steps)
	if old == instead {
		return ""
	}
	steps.Content = slices.Delete(steps.Content, i, i+2)
	for _, road := range roads(top) {
		if road.Value == old {
			road.Value = instead
		}
	}
	return fmt.Sprintf("%s is gone, %s stands in", old, instead)
}

func (e *editor) reorder(steps, _ *yaml.Node) string {
	i, name := e.step(steps)
	choices := at(steps.Content[i+1], "choices")
	if choices == nil || len(choices.Content) < 4 {
		return ""
	}
	choices.Content = append(choices.Content[2:], choices.Content[:2]...)
	return "other order at " + name
}

func (e *editor) renameChoice(steps, _ *yaml.Node) string {
	i, name := e.step(steps)
	choices := at(steps.Content[i+1], "choices")
	if choices == nil {
		return ""
	}
	// The next one takes the name of this one: the same button then means another thing.
	c := choices.Content
	if len(c) < 4 {
		return ""
	}
	c[0].Value, c[2].Value = c[2].Value, c[0].Value
	return "names of choices swapped at " + name
}

func parsed(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Load([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Content[0]
}

func dumped(t *testing.T, top *yaml.Node) string {
	t.Helper()
	text, err := yaml.Dump(top)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// at gives the value of a key, nil when there is none.
func at(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func values(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for i := 1; i < len(n.Content); i += 2 {
		out = append(out, n.Content[i])
	}
	return out
}

// under gives the values of some keys, however deep.
func under(n *yaml.Node, keys ...string) []*yaml.Node {
	var out []*yaml.Node
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if slices.Contains(keys, n.Content[i].Value) {
				out = append(out, n.Content[i+1])
			}
		}
	}
	for _, c := range n.Content {
		out = append(out, under(c, keys...)...)
	}
	return out
}

// roads gives everything in a file that names a step.
func roads(top *yaml.Node) []*yaml.Node {
	out := under(top, "go", "begin")
	for _, on := range under(top, "on") {
		out = append(out, values(on)...)
	}
	return slices.DeleteFunc(out, func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode })
}
