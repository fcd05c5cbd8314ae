package flows

import (
	"slices"
	"strings"

	"latchkey/flows/lexis"
)

// Misread is a text that was not read, or not as it was meant, and what the person then chose.
type Misread struct {
	// Text is what was typed, with addresses, telephone numbers and known names taken out.
	Text string
	Lang string
	// Read is the move it was read as; Unclear if it was none, Doubt if the person was asked.
	Read Move
	// Meant is what was chosen next; the zero move if nothing was.
	Meant Move
	// Label is the button of that, Intents the intents it goes by.
	Label   string
	Intents []string
	// Place is the step it was typed at.
	Place Place
}

// Misread finds the texts of a stored conversation that were not read, that the person was asked
// about, or that were followed by "back" in any form, with what was chosen instead. The book is the one the
// conversation was held with.
func (b *Book) Misread(st Stored) []Misread {
	r := &recorder{b: b, st: st, mask: b.newMask()}
	for _, n := range st.Names {
		r.mask.name(n)
	}
	r.begin()
	var out []Misread
	open := -1        // the one of them that waits for what was meant
	var last *Misread // may turn out to be misread, by "back"
	taken := -1       // the one that last said what was meant by
	for i, m := range st.Log {
		if !m.Contact {
			continue
		}
		before, n := r.s, len(r.happenings)
		r.contact(m, st.Log[i+1:])
		if len(r.happenings) == n || r.happenings[n].comment != "" {
			open, last, taken = -1, nil, -1
			continue
		}
		h := r.happenings[n]
		typed := Misread{Text: h.text, Lang: h.lang, Read: h.move, Place: before.At}
		switch {
		case h.move.Kind == Back && last != nil:
			if taken >= 0 {
				out[taken].Meant, out[taken].Label, out[taken].Intents = Move{}, "", nil
			}
			out = append(out, *last)
			open, last, taken = len(out)-1, nil, -1
			continue
		case h.pressed && h.move.Kind == Again, h.move.Kind == Fill:
			last = nil
			continue
		case !h.pressed && (h.move.Kind == Unclear || h.move.Kind == Doubt):
			if before.Outcome != OutcomeTicket {
				out = append(out, typed)
				open = len(out) - 1
			}
			last, taken = nil, -1
			continue
		}
		if open >= 0 {
			b.meant(&out[open], before, h.move)
		}
		open, last, taken = -1, nil, open
		if !h.pressed {
			last = &typed
		}
	}
	for i := range out {
		out[i].Text = r.mask.known(out[i].Text)
	}
	return out
}

// meant notes what was chosen instead.
func (b *Book) meant(it *Misread, s Session, m Move) {
	if m.Kind == Heard {
		m.Kind = Jump
	}
	for _, o := range b.Moves(s) {
		if o.Move != m || o.Kind != Choose && o.Kind != Jump {
			continue
		}
		it.Meant, it.Label, it.Intents = m, o.Label, o.Intents
		// A button of "which do you mean?" says yes; the choice has more of its own.
		s.Doubt = nil
		for _, o := range b.Moves(s) {
			if o.Move == m {
				it.Label, it.Intents = o.Label, o.Intents
			}
		}
		return
	}
}

// known gives a text without addresses, telephone numbers and known names; other words stay.
func (m *mask) known(text string) string {
	text = emailInText.ReplaceAllStringFunc(text, m.email)
	text = phoneInText.ReplaceAllString(text, samplePhone)
	return wordInText.ReplaceAllStringFunc(squeeze(text), func(w string) string {
		// Names are kept folded; in "ZOE's" and "l'Zoé" they stand beside an apostrophe.
		apart := strings.Map(func(r rune) rune {
			if strings.ContainsRune("'’ʼ`", r) {
				return ' '
			}
			return r
		}, w)
		if slices.ContainsFunc(lexis.Fold(apart), func(f string) bool { return m.names[f] }) {
			return blank
		}
		return w
	})
}
