package flows

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// kind is a sort of step. Its name is the key that tells it in the file.
type kind struct {
	name string
	read func(s *source, f *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body
}

// kinds are all sorts of steps, the one place to add one. `fill` stands before `ask`, whose
// key a fill has too.
var kinds = []kind{
	{"fill", readFill},
	{"ask", readAsk},
	{"branch", readBranch},
	{"call", readCall},
	{"return", readReturn},
	{"ticket", readTicket},
	{"resolved", readResolved},
	{"say", readSay},
}

// body is what a step does.
type body interface {
	// enter happens when the conversation arrives. It gives where to go on, or that the
	// step waits for a move or has ended the conversation.
	enter(r *run, st *step) (next Place, wait bool)
	// roads gives every way out, except those of a called flow.
	roads() []road
}

// waiter is a body that waits for the person.
type waiter interface {
	body
	// put asks the question (again), with words of the engine before it if there are any.
	put(r *run, st *step)
	// offers gives the buttons that stand under the question.
	offers(r *run) []Choice
	// options gives the moves the step itself takes.
	options(b *Book, s *Session, st *step) []Option
	// take follows a move of the step. Without a next place the step goes on waiting.
	take(r *run, st *step, m Move) (next Place, ok bool)
}

func kindOf(n *yaml.Node) *kind {
	for i := range kinds {
		for k := 0; k+1 < len(n.Content); k += 2 {
			if n.Content[k].Value == kinds[i].name {
				return &kinds[i]
			}
		}
	}
	return nil
}

func kindNames() string { return strings.Join(Kinds(), ", ") }

// Kinds gives the names of the sorts of steps.
func Kinds() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}
