package bot_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/bot"
	"latchkey/flows"
)

// guest is somebody whose whole conversation is written down, so that it can be held again.
type guest struct {
	*person
	book *flows.Book // what was the newest when they first wrote
	acts []act
}

// act is one thing that happened to a guest: what they sent, or a look at who is silent.
type act struct {
	at time.Time
	in *bot.Inbound
}

// typed is what guests write when they press no button.
var typed = []string{
	"I want to talk to a person", "it works now", "my account is disabled", "I forgot my password", "wrong password",
	"yes", "no", "ann@example.org", "ann@gmial.com", "Ann Roy", "qwerty uiop", "je n'ai jamais reçu le courriel", "thanks",
	"an e-mail", "go back", "start over", "hello", "it still does not work",
}

// does lets the guest do something at random: press a button, also an old one, write, or send
// a picture.
func (g *guest) does(rng *rand.Rand) {
	g.w.t.Helper()
	in := g.inbound(typed[rng.IntN(len(typed))])
	if g.book == nil {
		g.book = g.w.bot.Book()
	} else if v := g.view(); rng.IntN(10) < 8 {
		var offered []bot.Message
		for _, m := range v.Messages {
			if len(m.Choices) > 0 {
				offered = append(offered, m)
			}
		}
		var c flows.Choice
		if n := len(offered); n > 0 && rng.IntN(10) < 8 {
			m := offered[n-1]
			if rng.IntN(8) == 0 {
				m = offered[rng.IntN(n)]
			}
			c, in.Seq = m.Choices[rng.IntN(len(m.Choices))], m.Seq
		} else {
			c = v.Always[rng.IntN(len(v.Always))]
		}
		move := flows.ParseMove(c.Move)
		in.Move, in.Text = &move, c.Label
	} else if n := len(g.pictures()); n < 5 && rng.IntN(2) == 0 {
		in.Picture = screenshot(g.w.t, n+1)
	}
	g.acts = append(g.acts, act{g.w.clock(), &in})
	g.send(in)
}

var ticketNumber = regexp.MustCompile(`LK-\d+`)

// told is all of a guest's conversation that does not depend on who else was there.
func (g *guest) told() any {
	v := g.view()
	for i := range v.Messages {
		m := &v.Messages[i]
		m.ConversationID, m.TicketNumber, m.Text = "", 0, ticketNumber.ReplaceAllString(m.Text, "LK-…")
		if m.Picture != nil {
			m.Picture.ID = "" // by chance
		}
	}
	type ticket struct {
		Queue   bot.Queue
		Problem string
		Status  bot.TicketStatus
		Case    bot.Case
	}
	var tickets []ticket
	for _, t := range g.w.tickets() {
		if t.ContactID == v.Contact.ID {
			tickets = append(tickets, ticket{t.Queue, t.Problem, t.Status, t.Case})
		}
	}
	return struct {
		Messages []bot.Message
		Session  flows.Session
		Status   bot.Status
		Always   []flows.Choice
		Tickets  []ticket
	}{v.Messages, v.Conversation.Session, v.Conversation.Status, v.Always, tickets}
}

// alone holds the guest's conversation again where no other book was ever published.
func (g *guest) alone() *guest {
	g.w.t.Helper()
	w := newWorldWith(g.w.t, g.book)
	again := &guest{person: w.person(g.address), book: g.book}
	for _, a := range g.acts {
		w.now = a.at
		if a.in == nil {
			w.sweep()
		} else {
			again.send(*a.in)
		}
	}
	return again
}

func newWorldWith(t *testing.T, book *flows.Book) *world {
	t.Helper()
	w := newWorld(t)
	w.publish(book)
	return w
}

// After every single message somebody publishes another book. Nobody restarts or fails, and
// everybody's conversation is to the letter the one they would have had with the book they
// began with; who is new gets the newest. Books nobody is on are deleted on the way.
func TestPublishingNeverHurtsPeopleInTheMiddle(t *testing.T) {
	const people, messages = 6, 100
	rng := rand.New(rand.NewPCG(7, 2026))
	edit := &editor{t: t, rng: rng}
	original := quickBook(t)
	w := newWorldWith(t, original)
	var there, left []*guest
	pruned, published := 0, map[string]bool{}
	come := func() { there = append(there, &guest{person: w.person("guest-" + w.id())}) }
	for range people {
		come()
	}
	for range messages {
		i := rng.IntN(len(there))
		g := there[i]
		g.does(rng)
		if s := g.view().Conversation.Session; s.Version != g.book.Version {
			t.Fatalf("%s began with %s and is on %s", g.address, g.book.Version, s.Version)
		} else if s.Outcome == flows.OutcomeResolved {
			left = append(left, g)
			there = slices.Delete(there, i, i+1)
			come()
		}

		book := w.bot.Book()
		if rng.IntN(12) == 0 {
			book = original // what was published is taken back
		}
		next, what := edit.edit(book)
		w.publish(next)
		published[next.Version] = true
		t.Logf("published: %s", what)
		w.later(time.Duration(rng.IntN(90)) * time.Minute)
		pruned += w.prune()
		if rng.IntN(4) == 0 {
			w.sweep()
			for _, g := range there {
				if g.book != nil {
					g.acts = append(g.acts, act{at: w.clock()})
				}
			}
		}
	}
	if len(published) < messages*9/10 {
		t.Errorf("only %d different books were published", len(published))
	}
	if kept := len(w.versions()); pruned < messages/4 || kept > messages/2 {
		t.Errorf("%d books were deleted and %d are kept, of %d", pruned, kept, len(published))
	}
	held := 0
	for _, g := range append(there, left...) {
		if g.book == nil {
			continue
		}
		held++
		if diff := cmp.Diff(g.alone().told(), g.told()); diff != "" {
			t.Errorf("%s would have had another conversation with the book of the beginning (-alone +here):\n%s", g.address, diff)
		}
	}
	if held < people || len(left) == 0 {
		t.Errorf("%d conversations, %d of them to a good end: too few to tell anything", held, len(left))
	}
}
