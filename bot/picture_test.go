package bot_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// screenshot is a small picture. Each width is another one.
func screenshot(t testing.TB, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shows sends a picture and gives what the bot says to it.
func (p *person) shows(file []byte) []bot.Message {
	p.w.t.Helper()
	in := p.inbound("ignored")
	in.Picture = file
	return p.send(in)
}

// pictures are those of a person's conversation.
func (p *person) pictures() (ps []bot.Picture) {
	p.w.t.Helper()
	for _, m := range p.view().Messages {
		if m.Picture != nil {
			ps = append(ps, *m.Picture)
		}
	}
	return ps
}

func TestPictureIsKeptAndTheQuestionAskedAgain(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	asked := ann.types("wrong password")
	before := ann.view().Conversation
	w.later(time.Minute)
	said := ann.shows(screenshot(t, 30))
	v := ann.view()
	if len(said) != 2 || said[0].Text != w.bot.Word("picture_kept", "en") || said[1].Text != asked[len(asked)-1].Text || len(said[1].Choices) == 0 {
		t.Errorf("ann is told\n%s", texts(said))
	}
	m := v.Messages[before.LastSeq]
	if m.From != bot.FromContact || m.Text != w.bot.Word("picture", "en") || m.Picture == nil || m.Move != "" {
		t.Fatalf("the message: %+v", m)
	}
	if v.Conversation.Session.At != before.Session.At || v.Conversation.Session.Unclear != 0 || !v.Conversation.DueAt.After(before.DueAt) {
		t.Errorf("the place: %+v", v.Conversation)
	}
	if want := (bot.Picture{ID: m.Picture.ID, Kind: "image/png", Width: 30, Height: 2, Size: m.Picture.Size}); *m.Picture != want {
		t.Errorf("the picture: %+v, want %+v", *m.Picture, want)
	}
	got, data, err := w.bot.Picture(t.Context(), m.Picture.ID)
	if err != nil || got != *m.Picture || len(data) != got.Size || !bytes.HasPrefix(data, []byte("\x89PNG")) {
		t.Errorf("%+v, %d bytes, %v", got, len(data), err)
	}
	if _, _, err := w.bot.Picture(t.Context(), "nothing"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("an unknown picture: %v", err)
	}
	// And the question can still be answered.
	if ann.press(said[1].Choices[0].Label); ann.view().Conversation.Session.At == before.Session.At {
		t.Error("the buttons under the repeated question lead nowhere")
	}
}

func TestPictureAsFirstWord(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.lang = "fr"
	ann.shows(screenshot(t, 30))
	ms := ann.view().Messages
	if len(ms) != 5 || ms[2].Picture == nil || ms[2].Text != "Image" || ms[3].Text != w.bot.Word("picture_kept", "fr") || ms[4].Text != ms[1].Text {
		t.Errorf("the conversation:\n%s", texts(ms))
	}
}

// The ids of pictures are all that protects them.
func TestPictureIDsCannotBeGuessed(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	for i := range 3 {
		ann.shows(screenshot(t, i+1))
	}
	seen := map[string]bool{}
	for _, p := range ann.pictures() {
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{24}$`).MatchString(p.ID) || seen[p.ID] {
			t.Errorf("the id %q", p.ID)
		}
		seen[p.ID] = true
	}
}

func TestPicturesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	shot := screenshot(t, 30)
	for _, c := range []struct {
		name string
		file []byte
		want bot.Refusal
	}{
		{"an empty file", []byte{}, bot.RefusedType},
		{"text", []byte("hello"), bot.RefusedType},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), bot.RefusedType},
		{"half a picture", shot[:len(shot)/2], bot.RefusedBroken},
		{"a large file", append(slices.Clone(shot), make([]byte, 10<<20)...), bot.RefusedLarge},
	} {
		in := ann.inbound("ignored")
		in.Picture = c.file
		var refusal bot.Refusal
		if err := w.bot.Receive(t.Context(), in); !errors.As(err, &refusal) || refusal != c.want {
			t.Errorf("%s gave %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := w.bot.View(t.Context(), "test", "ann", 0, 0); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("something was stored: %v", err)
	}
	for _, lang := range []string{"en", "fr"} {
		for _, r := range []bot.Refusal{bot.RefusedType, bot.RefusedLarge, bot.RefusedBroken, bot.RefusedMany, bot.RefusedEmail, bot.RefusedTranscripts} {
			if w.bot.Word("refused_"+string(r), lang) == "" {
				t.Errorf("nobody is told of %s in %s", r, lang)
			}
		}
	}
}

func TestOnlySoManyPictures(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	var last bot.Inbound
	for i := range 5 {
		last = ann.inbound("ignored")
		last.Picture = screenshot(t, i+1)
		ann.send(last)
	}
	seq := ann.view().Conversation.LastSeq
	sixth := ann.inbound("ignored")
	sixth.Picture = screenshot(t, 6)
	if err := w.bot.Receive(t.Context(), sixth); err != bot.RefusedMany {
		t.Errorf("the sixth gave %v", err)
	}
	// The acknowledgement of the fifth may have been lost.
	if err := w.bot.Receive(t.Context(), last); err != nil {
		t.Errorf("the fifth once more gave %v", err)
	}
	if got := ann.view().Conversation.LastSeq; got != seq || len(ann.pictures()) != 5 {
		t.Errorf("%d messages and %d pictures, there were %d", got, len(ann.pictures()), seq)
	}
	// Words are still welcome, and others have pictures of their own.
	ann.types("an e-mail")
	w.person("bob").shows(screenshot(t, 1))
}

// Two tabs and two processes together do not get more pictures in than are allowed.
func TestManyPicturesAtOnce(t *testing.T) {
	w := newWorld(t)
	second := &world{t: t, post: w.post, path: w.path, now: w.now, ids: 1 << 20}
	second.open(shippedBook(t))
	shot := screenshot(t, 3)
	var wg sync.WaitGroup
	for n := range 8 {
		b := []*bot.Bot{w.bot, second.bot}[n%2]
		wg.Go(func() {
			in := bot.Inbound{Channel: "test", Address: "ann", ExternalID: strconv.Itoa(n), Picture: shot, Flow: "client", Lang: "en"}
			if err := b.Receive(t.Context(), in); err != nil && err != bot.RefusedMany {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(w.person("ann").pictures()); n != 5 {
		t.Errorf("%d pictures", n)
	}
}

func TestPictureSentTwice(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	in := ann.inbound("ignored")
	in.Picture = screenshot(t, 3)
	for range 3 {
		if err := w.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(ann.pictures()); n != 1 {
		t.Errorf("%d pictures", n)
	}
}

// The ticket has the pictures that came before it, and those that come while the team has it
// follow like a text.
func TestPicturesReachTheTeam(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.shows(screenshot(t, 11))
	ann.types("I want to talk to a person")
	ann.press("Send it now")
	first := ann.shows(screenshot(t, 22))
	second := ann.shows(screenshot(t, 33))
	if len(first) != 1 || !strings.Contains(first[0].Text, "LK-1001") || len(second) != 0 {
		t.Errorf("first %q, second %q", texts(first), texts(second))
	}
	if ann.view().Conversation.Status != bot.StatusTeam {
		t.Error("the bot answers again")
	}
	w.deliver()
	var told []string
	for _, p := range w.post.sent {
		n := 0
		for _, m := range p.Messages {
			if m.Picture == nil {
				continue
			}
			n++
			_, stored, err := w.bot.Picture(t.Context(), m.Picture.ID)
			if err != nil || !bytes.Equal(stored, p.Pictures[m.Picture.ID]) {
				t.Errorf("the mail has another picture than the store: %v", err)
			}
			told = append(told, fmt.Sprintf("%s %d", p.Delivery.Kind, m.Picture.Width))
		}
		if n != len(p.Pictures) {
			t.Errorf("%d pictures in the log, %d with it", n, len(p.Pictures))
		}
	}
	slices.Sort(told)
	if want := []string{"more 22", "more 33", "ticket 11"}; !slices.Equal(told, want) {
		t.Errorf("the team sees %q, want %q", told, want)
	}
}

// After a good end a picture begins anew, as a text would that is no answer to anything.
func TestPictureAfterAGoodEnd(t *testing.T) {
	w, ann := resolvedOn(t)
	said := ann.shows(screenshot(t, 3))
	v := ann.view()
	if v.Conversation.Session.Version != w.bot.Book().Version || v.Conversation.Session.Ended() || v.Conversation.Status != bot.StatusBot {
		t.Errorf("ann is at %+v, %s", v.Conversation.Session, v.Conversation.Status)
	}
	if len(said) != 3 || said[0].Text != w.bot.Word("picture_kept", "en") || said[2].Text != newQuestion {
		t.Errorf("ann is told\n%s", texts(said))
	}
}

func TestPictureIntoTheSilence(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	asked := ann.types("wrong password")
	w.later(2 * time.Hour)
	w.sweep()
	w.later(48 * time.Hour)
	w.sweep()
	if v := ann.view(); v.Conversation.Status != bot.StatusClosed || v.Conversation.Session.Quiet != 2 {
		t.Fatalf("ann is at %+v", v.Conversation)
	}
	said := ann.shows(screenshot(t, 3))
	v := ann.view()
	if v.Conversation.Status != bot.StatusBot || v.Conversation.Session.Quiet != 0 || v.Conversation.DueAt.IsZero() {
		t.Errorf("ann is there again, and the conversation is %+v", v.Conversation)
	}
	if len(said) != 2 || said[1].Text != asked[len(asked)-1].Text {
		t.Errorf("ann is told\n%s", texts(said))
	}
}

func TestPictureAndALostVersion(t *testing.T) {
	w, ann := somewhere(t)
	w.lose()
	w.publish(w.bot.Book())
	said := ann.shows(screenshot(t, 3))
	if len(said) != 3 || said[0].Text != w.bot.Word("picture_kept", "en") || said[1].Text != w.bot.Word("begun_anew", "en") || said[2].Text != newQuestion {
		t.Errorf("ann is told\n%s", texts(said))
	}

	w, ann = somewhere(t)
	ann.press("Send it now")
	w.publish(reworded(t, w.bot.Book(), newQuestion))
	v := ann.view()
	v.Conversation.Session.Version = "lost"
	if err := w.store.Commit(t.Context(), bot.Turn{Conversation: v.Conversation, Contact: v.Contact}); err != nil {
		t.Fatal(err)
	}
	said = ann.shows(screenshot(t, 3))
	if len(said) != 1 || !strings.Contains(said[0].Text, "LK-1001") || ann.view().Conversation.Session.Outcome != flows.OutcomeTicket {
		t.Errorf("with a ticket, ann is told\n%s", texts(said))
	}
}
