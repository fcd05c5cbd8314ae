package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/bot"
	"latchkey/flows"
)

// noon is when things happen. It has milliseconds, so that losing them shows.
var noon = time.Date(2026, time.March, 9, 12, 0, 0, 123e6, time.UTC)

// world is one test's store.
type world struct {
	*testing.T
	bot.Store
	// again opens the same data once more.
	again func() bot.Store
}

var ctx = context.Background()

// begin commits a new conversation of a new contact with one message, and gives it as it
// is stored now.
func (w world) begin(id string) bot.Turn {
	w.Helper()
	t := beginning(id)
	w.commit(t)
	return committed(t)
}

// beginning is the first turn of a new contact, who writes from an address of their own.
func beginning(id string) bot.Turn {
	t := bot.Turn{
		New: true,
		Contact: bot.Contact{
			ID: "contact-" + id, Channel: "bubble", Address: "address-" + id,
			Role: "client", Lang: "fr", Created: noon,
		},
		Conversation: bot.Conversation{
			ID: id, ContactID: "contact-" + id, Channel: "bubble", Address: "address-" + id,
			Status: bot.StatusBot, Created: noon, Updated: noon,
			Session: flows.Session{Version: "v1", Lang: "fr"},
		},
	}
	return say(t, "hello from "+id, "")
}

// committed is a turn's conversation as it stands after the commit, with nothing new yet.
func committed(t bot.Turn) bot.Turn {
	t.Conversation.Version++
	return bot.Turn{Contact: t.Contact, Conversation: t.Conversation}
}

// say adds a message to a turn.
func say(t bot.Turn, text, externalID string) bot.Turn {
	t.Conversation.LastSeq++
	t.Messages = append(t.Messages[:len(t.Messages):len(t.Messages)], bot.Message{
		ConversationID: t.Conversation.ID, Seq: t.Conversation.LastSeq,
		ExternalID: externalID, From: bot.FromContact, Text: text, At: noon,
	})
	return t
}

// show adds a message with a picture to a turn.
func show(t bot.Turn, id, data string) bot.Turn {
	t = say(t, "Picture", "")
	t.Messages[len(t.Messages)-1].Picture = &bot.Picture{ID: id, Kind: "image/png", Width: 2, Height: 1, Size: len(data)}
	t.Pictures = maps.Clone(t.Pictures)
	if t.Pictures == nil {
		t.Pictures = map[string][]byte{}
	}
	t.Pictures[id] = []byte(data)
	return t
}

// ticket adds an open ticket to a turn.
func ticket(t bot.Turn, id string, number int64, problem string) bot.Turn {
	t.Ticket = &bot.Ticket{
		ID: id, Number: number, ConversationID: t.Conversation.ID, ContactID: t.Contact.ID,
		Queue: bot.QueueSupport, Problem: problem, Status: bot.TicketOpen,
		AnswerID: t.Conversation.ID, Created: noon, Updated: noon,
	}
	return t
}

// owe adds a delivery to a turn.
func owe(t bot.Turn, id string, at time.Time) bot.Turn {
	t.Deliveries = append(t.Deliveries[:len(t.Deliveries):len(t.Deliveries)], bot.Delivery{
		ID: id, Channel: "mail", Address: "support@example.org", Kind: bot.DeliverTicket,
		ConversationID: t.Conversation.ID, UpTo: t.Conversation.LastSeq,
		Status: bot.DeliveryDue, NextAt: at, Created: noon,
	})
	return t
}

// apart gives each delivery of a turn a lane of its own.
func apart(t bot.Turn) bot.Turn {
	for i := range t.Deliveries {
		t.Deliveries[i].Channel = "mail of " + t.Deliveries[i].ID
	}
	return t
}

func (w world) commit(t bot.Turn) {
	w.Helper()
	if err := w.Commit(ctx, t); err != nil {
		w.Fatal(err)
	}
}

// refused commits a turn that has to fail with an error of one kind.
func (w world) refused(t bot.Turn, want error) {
	w.Helper()
	if err := w.Commit(ctx, t); !errors.Is(err, want) {
		w.Errorf("the commit gave %v, want %v", err, want)
	}
}

// texts are what a log says.
func (w world) texts(conversationID string) []string {
	w.Helper()
	log := must(w.Messages(ctx, conversationID, 0, 0, 0))(w)
	var texts []string
	for i, m := range log {
		if m.Seq != int64(i+1) {
			w.Errorf("message %d of %s has number %d", i+1, conversationID, m.Seq)
		}
		texts = append(texts, m.Text)
	}
	return texts
}

func (w world) same(what string, got, want any) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must gives a value or ends the test.
func must[T any](v T, err error) func(w world) T {
	return func(w world) T {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		return v
	}
}

// together runs n functions at once and gives their errors in order.
func together(n int, run func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = run(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// full ends the test when a value has a field that is not set: a field the fixture does
// not know is one the store may lose unseen.
func (w world) full(values ...any) {
	w.Helper()
	for _, v := range values {
		if empty := emptyFields(reflect.ValueOf(v), reflect.TypeOf(v).Name()); len(empty) > 0 {
			w.Fatalf("the fixture leaves these fields empty: %v", empty)
		}
	}
}

func emptyFields(v reflect.Value, path string) (empty []string) {
	if _, ok := v.Interface().(time.Time); ok || v.Kind() != reflect.Struct {
		if v.IsZero() {
			return []string{path}
		}
		if v.Kind() == reflect.Slice {
			for i := range v.Len() {
				empty = append(empty, emptyFields(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
			}
		}
		return empty
	}
	for i := range v.NumField() {
		empty = append(empty, emptyFields(v.Field(i), path+"."+v.Type().Field(i).Name)...)
	}
	return empty
}
