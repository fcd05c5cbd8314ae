package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
)

// settled is a database with two conversations: one that led to a ticket with a picture, and
// one that ended well.
func settled(t *testing.T) (r *recorded, data string) {
	t.Helper()
	data = t.TempDir()
	r = newRecorded(t, data)
	says := func(who string, texts ...string) {
		for i, text := range texts {
			in := bot.Inbound{Channel: "test", Address: who, ExternalID: strconv.Itoa(i), Flow: "client", Lang: "en", Text: text}
			if text == "" {
				in.Picture = screenshot(t)
			}
			if err := r.bot.Receive(t.Context(), in); err != nil {
				t.Fatal(err)
			}
		}
	}
	says("ann", "", "I want to talk to a person", "ann@example.org", "Ann Roy", "send it now")
	r.now = r.now.Add(40 * 24 * time.Hour)
	says("bob", "wrong password", "it works now")
	return r, data
}

// runs runs a command on a database, and gives what it says.
func runs(t *testing.T, data string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p := program{out: &out, err: &out, folder: t.TempDir(), environ: []string{"LATCHKEY_DATA=" + data}}
	err := p.run(t.Context(), args)
	return out.String(), err
}

func TestTicketsShowPictures(t *testing.T) {
	_, data := settled(t)
	out, err := runs(t, data, "tickets")
	if err != nil || !strings.Contains(out, "(1 picture)") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = runs(t, data, "tickets", "--json")
	var line ticketLine
	if err := errors.Join(err, json.Unmarshal([]byte(out), &line)); err != nil || len(line.Pictures) != 1 || line.Pictures[0].Width != 8 || line.Pictures[0].Kind != "image/png" {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTicketsShowTheTeam(t *testing.T) {
	r, data := settled(t)
	out, err := runs(t, data, "tickets")
	if err != nil || !strings.Contains(out, "nobody") || strings.Contains(out, "note") {
		t.Errorf("%v\n%s", err, out)
	}
	id, zoe := must(r.store.Tickets(t.Context(), bot.TicketFilter{}))[0].ID, bot.Agent{ID: "z", Name: "Zoé"}
	if _, err := r.bot.Take(t.Context(), zoe, id); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.bot.Note(t.Context(), zoe, id, "", "called her"); err != nil {
		t.Fatal(err)
	}
	if out, err = runs(t, data, "tickets"); err != nil || !strings.Contains(out, "Zoé") || !strings.Contains(out, "(1 note)") || strings.Contains(out, "nobody") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := r.bot.Resolve(t.Context(), zoe, id, "her address was wrong"); err != nil {
		t.Fatal(err)
	}
	out, err = runs(t, data, "tickets", "--json")
	for _, want := range []string{`"agent":{"id":"z","name":"Zoé"}`, `"text":"called her"`, `"reason":"her address was wrong"`} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v, %s is not in\n%s", err, want, out)
		}
	}
	if strings.Contains(out, `"waiting":`) {
		t.Errorf("she waits still:\n%s", out)
	}
	out, err = runs(t, data, "forget", "LK-1001", "--yes")
	if err != nil || !strings.Contains(out, "1 ticket, 1 note, the record of") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestChatShowsPictures(t *testing.T) {
	m := bot.Message{From: bot.FromAgent, Text: "Like this", Picture: &bot.Picture{ID: "p", Kind: "image/png", Width: 800, Height: 600}}
	var text, object bytes.Buffer
	if err := errors.Join(textPrinter{&text}.message(m, 0), jsonPrinter{&object}.message(m, 0)); err != nil {
		t.Fatal(err)
	}
	if text.String() != "\nLike this\n  [image/png, 800 × 600]\n" || !strings.Contains(object.String(), `"width":800`) {
		t.Errorf("%s\n%s", text.String(), object.String())
	}
}

func TestForgetCommand(t *testing.T) {
	r, data := settled(t)
	out, err := runs(t, data, "forget", "LK-1001")
	if err == nil || !strings.Contains(err.Error(), "--yes") {
		t.Errorf("without --yes: %v", err)
	}
	for _, want := range []string{"client Ann Roy <ann@example.org>", "LK-1001", "pictures  1"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if _, err := r.store.Ticket(t.Context(), must(r.store.Tickets(t.Context(), bot.TicketFilter{}))[0].ID); err != nil {
		t.Errorf("it was deleted without --yes: %v", err)
	}
	out, err = runs(t, data, "forget", "lk-1001", "--yes")
	if err != nil || !strings.Contains(out, " messages, 1 picture, 1 ticket, the record of 1 mail, and who it was.") || !strings.Contains(out, "spool") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, _, err := r.store.Conversation(t.Context(), "test", "ann"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("ann's conversation: %v", err)
	}
	if _, _, err := r.store.Conversation(t.Context(), "test", "bob"); err != nil {
		t.Errorf("bob's conversation: %v", err)
	}
	for _, args := range [][]string{{"forget", "LK-1001", "--yes"}, {"forget", "nonsense", "--yes"}, {"forget", "--yes"}} {
		if out, err := runs(t, data, args...); err == nil {
			t.Errorf("%v: %s", args, out)
		}
	}
	if out, err := runs(t, t.TempDir(), "forget", "LK-1001", "--yes"); err == nil || !strings.Contains(err.Error(), "no database") {
		t.Errorf("without a database: %v\n%s", err, out)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRatingsCommand(t *testing.T) {
	r, data := settled(t)
	if out, err := runs(t, data, "ratings"); err != nil || out != "No ratings.\n" {
		t.Errorf("%v\n%s", err, out)
	}
	r.now = time.Now().Add(-40 * 24 * time.Hour)
	if err := r.bot.Rate(t.Context(), "test", "ann", false, "a person\nhad to help"); err != nil {
		t.Fatal(err)
	}
	r.now = time.Now().Add(-time.Hour)
	if err := r.bot.Rate(t.Context(), "test", "bob", true, ""); err != nil {
		t.Fatal(err)
	}
	out, err := runs(t, data, "ratings")
	if err != nil || !strings.Contains(out, "helpful for 1 of 2") {
		t.Errorf("%v\n%s", err, out)
	}
	lines := strings.Split(out, "\n")
	for i, want := range [][]string{{"HELPFUL"}, {"👍", "resolved"}, {"👎", "ticket", "LK-1001", "a person had to help"}} {
		for _, w := range want {
			if !strings.Contains(lines[i], w) {
				t.Errorf("line %d does not say %q:\n%s", i+1, w, out)
			}
		}
	}
	out, err = runs(t, data, "ratings", "--json", "--since", "30d")
	var line ratingLine
	if err := errors.Join(err, json.Unmarshal([]byte(out), &line)); err != nil || !line.Helpful || line.Ended != "resolved" || line.Ticket != "" || line.At.UnixMilli() != r.now.UnixMilli() {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := runs(t, data, "ratings", "--since", "30m"); err != nil || out != "No ratings.\n" {
		t.Errorf("%v\n%s", err, out)
	}
	for _, wrong := range []string{"30", "d", "-3d", "0d", "1.5d", "yesterday"} {
		if out, err := runs(t, data, "ratings", "--since", wrong); err == nil || !strings.Contains(err.Error(), "30d") {
			t.Errorf("%s: %v\n%s", wrong, err, out)
		}
	}
}

func TestHowItEnded(t *testing.T) {
	for _, c := range []struct {
		outcome string
		status  bot.Status
		want    string
	}{
		{"resolved", bot.StatusClosed, "resolved"}, {"ticket", bot.StatusTeam, "ticket"}, {"", bot.StatusClosed, "aside"}, {"", bot.StatusBot, "open"},
	} {
		v := bot.Conversation{Status: c.status}
		v.Session.Outcome = c.outcome
		if got := ended(v); got != c.want {
			t.Errorf("%s: %s, want %s", fmt.Sprint(c.outcome, " ", c.status), got, c.want)
		}
	}
}
