package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/bot"
	"latchkey/flows"
	"latchkey/store"
)

// recorded is a bot with a real store, whose clock is turned by hand.
type recorded struct {
	bot   *bot.Bot
	store *store.DB
	book  *flows.Book
	now   time.Time
	vars  map[string]string
}

type nobody struct{}

func (nobody) Send(context.Context, bot.Parcel) (string, error) { return "", nil }

func newRecorded(t *testing.T, folder string) *recorded {
	t.Helper()
	r := &recorded{now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), vars: map[string]string{"app": "Wobbly", "support": "help@wobbly.example"}}
	var err error
	if r.book, err = flows.Load(flows.Shipped()); err != nil {
		t.Fatal(err)
	}
	if r.store, err = store.Open(t.Context(), filepath.Join(folder, "latchkey.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	r.bot, err = bot.New(t.Context(), bot.Options{
		Store: r.store, Book: r.book, Variables: r.vars, Senders: map[string]bot.Sender{"mail": nobody{}},
		Desks:       []bot.Desk{{Channel: "mail"}},
		RemindAfter: 30 * time.Minute, CloseAfter: 72 * time.Hour, Now: func() time.Time { return r.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// secretWords must never be left of anything that visitors say.
var secretWords = []string{"zelda", "quagmire", "privatemail", "8675309", "867-5309", "blorpgym", "wobbl", "rosalind"}

// remarks are what visitors type, besides the words on the buttons.
var remarks = []string{
	"Zelda Quagmire", "zelda.quagmire@privatemail.example", "it's zelda quagmire, zelda@privatemail.example or call 514-867-5309",
	"zelda@gmial.com", "I never got the email, I am Zelda", "j'ai pas reçu le courriel, c'est Rosalind", "my trainer at Blorpgym is Rosalind",
	"forgot my pasword", "mot de passe oublié", "it works now", "I want to talk to a person", "merci", "thanks!", "hello", "back", "start over",
	"en français svp", "english please", "2", "yes", "non", "my account is disabled", "<odd> [text]", "[Zelda]", "?!", "zelda at privatemail.example",
	"a client of mine can't log in, her number is +1 (514) 867-5309", "ça marche toujours pas", "I'll check and come back",
}

// screenshot is a small picture.
func screenshot(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wanders holds a conversation of chance moves.
func (r *recorded) wanders(t *testing.T, rnd *rand.Rand, address string) {
	t.Helper()
	ctx := t.Context()
	flow, lang := []string{"client", "professional"}[rnd.IntN(2)], []string{"en", "fr"}[rnd.IntN(2)]
	known := rnd.IntN(4) == 0
	var view bot.View
	pictures := 0
	for i := range 3 + rnd.IntN(22) {
		in := bot.Inbound{Channel: "test", Address: address, ExternalID: strconv.Itoa(i), Flow: flow, Lang: lang}
		if known {
			in.Identity.Name, in.Identity.Email = "Zelda Quagmire", "zelda@privatemail.example"
		}
		var offered []bot.Message
		for _, m := range view.Messages {
			if len(m.Choices) > 0 {
				offered = append(offered, m)
			}
		}
		press := func(c flows.Choice, seq int64) {
			m := flows.ParseMove(c.Move)
			in.Move, in.Seq, in.Text = &m, seq, c.Label
		}
		switch n := rnd.IntN(20); {
		case n < 10 && len(offered) > 0:
			m := offered[len(offered)-1]
			press(m.Choices[rnd.IntN(len(m.Choices))], m.Seq)
		case n == 10 && len(offered) > 1: // a button of long ago
			m := offered[rnd.IntN(len(offered))]
			press(m.Choices[rnd.IntN(len(m.Choices))], m.Seq)
		case n == 11 && len(offered) > 0: // the words of a button, typed
			m := offered[len(offered)-1]
			in.Text = strings.ToLower(m.Choices[rnd.IntN(len(m.Choices))].Label)
		case n == 12 && len(view.Always) > 0:
			press(view.Always[rnd.IntN(len(view.Always))], 0)
		case n == 13 && i > 0:
			r.now = r.now.Add([]time.Duration{45 * time.Minute, 100 * time.Hour, 40 * time.Second}[rnd.IntN(3)])
			if _, err := r.bot.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			in.Text = "yes"
		case n == 14 && pictures < 5:
			in.Picture = screenshot(t)
			pictures++
		default:
			in.Text = remarks[rnd.IntN(len(remarks))]
		}
		if err := r.bot.Receive(ctx, in); err != nil {
			t.Fatal(err)
		}
		r.now = r.now.Add(time.Duration(1+rnd.IntN(90)) * time.Second)
		var err error
		if view, err = r.bot.View(ctx, "test", address, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// What visitors say is exported without what is theirs, and plays the same: the same moves, the
// same questions, the same end.
func TestExportedConversationsPlayTheSame(t *testing.T) {
	r := newRecorded(t, t.TempDir())
	book, err := r.book.With(r.vars)
	if err != nil {
		t.Fatal(err)
	}
	answers := answered(r.book)
	for seed := range uint64(40) {
		address := fmt.Sprint("visitor ", seed)
		r.wanders(t, rand.New(rand.NewPCG(seed, 7)), address)
		c, contact, err := r.store.Conversation(t.Context(), "test", address)
		if err != nil {
			t.Fatal(err)
		}
		text, err := transcribe(t.Context(), r.store, book, c, contact)
		if err != nil {
			t.Errorf("%s: %v\n%s", address, err, text)
			continue
		}
		for _, word := range secretWords {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("%s: %q is left in\n%s", address, word, text)
			}
		}
		tr, err := flows.ParseTranscript(address, text)
		if err != nil {
			t.Errorf("%s: %v\n%s", address, err, text)
			continue
		}
		steps, err := tr.Play(t.Context(), r.book, r.book.Matcher())
		if err != nil {
			t.Errorf("%s: %v\n%s", address, err, text)
			continue
		}
		if diff := cmp.Diff(r.asked(t, c), askedIn(steps)); diff != "" {
			t.Errorf("%s: other questions:\n%s\n%s", address, diff, text)
		}
		if len(steps) == 0 {
			continue
		}
		if diff := cmp.Diff(nameless(c.Session, answers), nameless(steps[len(steps)-1].After, answers)); diff != "" {
			t.Errorf("%s: another session:\n%s\n%s", address, diff, text)
		}
		again, err := flows.UpdateTranscripts(t.Context(), address, text, r.book, r.book.Matcher())
		if err != nil || again != text {
			t.Errorf("%s: it is not as --update writes it (%v):\n%s", address, err, cmp.Diff(text, again))
		}
	}
}

// asked gives the moves that the bot offered in a stored conversation, question by question. What
// the core itself repeats, after a button of an earlier question or a picture, is no part of the
// tree.
func (r *recorded) asked(t *testing.T, c bot.Conversation) []string {
	t.Helper()
	log, err := r.store.Messages(t.Context(), c.ID, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	passed := []string{r.book.Word("choice_passed", "en", nil), r.book.Word("choice_passed", "fr", nil)}
	var out []string
	begun := false
	var skipped time.Time
	for _, m := range log {
		begun = begun || m.From == bot.FromContact
		if slices.Contains(passed, m.Text) || m.Picture != nil && m.Move == "" {
			skipped = m.At
		}
		if begun && m.From == bot.FromBot && len(m.Choices) > 0 && !m.At.Equal(skipped) {
			out = append(out, movesOf(m.Choices))
		}
	}
	return out
}

func askedIn(steps []flows.Step) []string {
	var out []string
	for _, s := range steps {
		for _, e := range s.Events {
			if len(e.Choices) > 0 {
				out = append(out, movesOf(e.Choices))
			}
		}
	}
	return out
}

func movesOf(cs []flows.Choice) string {
	var out []string
	for _, c := range cs {
		out = append(out, c.Move)
	}
	return strings.Join(out, " ")
}

// answered gives the facts that people answer in words of their own.
func answered(b *flows.Book) []string {
	var out []string
	for _, text := range b.Files() {
		for _, m := range regexp.MustCompile(`(?m)^\s+(\w+):\s+\{.*\bkind:`).FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// nameless is a session in which the answers are gone, but not that there were some.
func nameless(s flows.Session, answers []string) flows.Session {
	s.Facts = maps.Clone(s.Facts)
	for _, name := range answers {
		if s.Facts[name] != "" {
			s.Facts[name] = "…"
		}
	}
	trail := slices.Clone(s.Trail)
	for i, m := range trail {
		if strings.HasPrefix(m, "fill:") {
			trail[i] = "fill"
		}
	}
	s.Trail, s.Origin, s.Suggest, s.Typed = trail, nil, "", ""
	return s
}

func TestExportCommand(t *testing.T) {
	data := t.TempDir()
	r := newRecorded(t, data)
	for i, text := range []string{"it says my account is disabled", "I don't know why", "zelda@privatemail.example", "Zelda Quagmire", "send it now"} {
		in := bot.Inbound{Channel: "test", Address: "a", ExternalID: strconv.Itoa(i), Flow: "client", Lang: "en", Text: text}
		if err := r.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	c, _, err := r.store.Conversation(t.Context(), "test", "a")
	if err != nil || c.TicketID == "" {
		t.Fatalf("no ticket: %v", err)
	}
	var byID string
	for _, which := range []string{c.ID, "LK-1001", "1001", "lk-1001"} {
		var out, errs bytes.Buffer
		p := program{out: &out, err: &errs, folder: t.TempDir(), environ: []string{"LATCHKEY_DATA=" + data, "LATCHKEY_APP=Wobbly"}}
		if err := p.run(t.Context(), []string{"export", "--transcript", which}); err != nil || errs.Len() > 0 {
			t.Fatalf("%s: %v %s", which, err, errs.String())
		}
		if byID == "" {
			byID = out.String()
		}
		if !strings.Contains(out.String(), "outcome: ticket hexpert") || out.String() != byID {
			t.Errorf("%s:\n%s", which, out.String())
		}
	}
	for _, wrong := range []string{"LK-7", "no such id"} {
		p := program{out: &bytes.Buffer{}, err: &bytes.Buffer{}, folder: t.TempDir(), environ: []string{"LATCHKEY_DATA=" + data}}
		if err := p.run(t.Context(), []string{"export", "--transcript", wrong}); err == nil || !strings.Contains(err.Error(), "there is no") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
