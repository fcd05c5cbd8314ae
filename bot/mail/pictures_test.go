package mail

import (
	"bytes"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/mail/mailtest"
)

func TestPicturesAreAttachedAndNamed(t *testing.T) {
	l := arrived(t, nil, shown())[0]
	want := []mailtest.Attachment{
		{Name: "LK-1042-1.png", Kind: "image/png", Data: []byte("\x89PNG 1")},
		{Name: "LK-1042-2.jpg", Kind: "image/jpeg", Data: []byte("\xff\xd8\xff 2")},
	}
	if len(l.Attachments) != len(want) {
		t.Fatalf("%d attachments, want %d", len(l.Attachments), len(want))
	}
	for i, w := range want {
		if got := l.Attachments[i]; got.Name != w.Name || got.Kind != w.Kind || !bytes.Equal(got.Data, w.Data) {
			t.Errorf("attachment %d: %s, %s, %q; want %s, %s, %q", i, got.Name, got.Kind, got.Data, w.Name, w.Kind, w.Data)
		}
	}
	for _, body := range []string{l.Text, plain(l.HTML)} {
		inOrder(t, body, "Conversation", "14:08", "Picture: LK-1042-1.png", "14:13", "Picture: LK-1042-2.jpg", "C'est noté")
		if strings.Contains(body, "Image") {
			t.Error("the picture is named twice")
		}
	}
	inOrder(t, arrived(t, func(o *Options) { o.Lang = "fr" }, shown())[0].Text, "Image\u00a0: LK-1042-1.png")
}

// Who saves the pictures of a ticket into one folder keeps them all.
func TestPicturesOfLaterMailsHaveOtherNames(t *testing.T) {
	first, later := shown(), more()
	later.Pictures = map[string][]byte{"p-3": []byte("3")}
	later.Messages[0].Picture = &bot.Picture{ID: "p-3", Kind: "image/png"}
	names := map[string]bool{}
	for _, l := range arrived(t, nil, first, later) {
		for _, a := range l.Attachments {
			names[a.Name] = true
		}
	}
	if len(names) != 3 {
		t.Errorf("%d different names %v, want 3", len(names), names)
	}
}

func TestAPictureThatIsGoneIsSaid(t *testing.T) {
	p := shown()
	delete(p.Pictures, "p-1")
	l := arrived(t, nil, p)[0]
	inOrder(t, l.Text, "Picture: no longer available", "Picture: LK-1042-2.jpg")
	if len(l.Attachments) != 1 || l.Attachments[0].Name != "LK-1042-2.jpg" {
		t.Errorf("attachments %v, want the other picture", l.Attachments)
	}
}

func TestAMailWithPicturesIsTheSameEveryTime(t *testing.T) {
	o := local(t)
	s := sender(t, o)
	send(t, s, shown())
	first := spooled(t, o.Spool)
	send(t, s, shown())
	for name, data := range spooled(t, o.Spool) {
		if !bytes.Equal(data, first[name]) {
			t.Errorf("the same parcel gave another mail:\n%s\n%s", first[name], data)
		}
		// Both words and pictures, each in its own kind of part.
		inOrder(t, string(data), "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "image/png", "image/jpeg")
	}
}
