package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/bubble/linetest"
	"latchkey/bot/mail/mailtest"
)

// tattling is a PNG that says in its EXIF and in a comment where it was made.
func tattling(t *testing.T) []byte {
	t.Helper()
	chunk := func(kind, text string) []byte {
		c := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
		c = append(append(c, kind...), text...)
		return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
	}
	const header = 8 + 25 // the magic bytes and IHDR
	file := pictureFile(t)
	return slices.Concat(file[:header], chunk("tEXt", "Comment\x00made at home"), chunk("eXIf", "MM\x00*\x00\x00\x00\x08\x00\x00made at home"), file[header:])
}

// ask runs a command of the program in its world, and gives what it prints.
func ask(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	p := program{out: &out, err: &out, environ: environ, folder: t.TempDir()}
	if err := p.run(t.Context(), args); err != nil {
		t.Fatalf("latchkey %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
	return out.String()
}

// A picture goes from the clipboard to the team's mailbox, says nothing but what it shows, and is
// gone when it is to be forgotten.
func TestAPictureFromPasteToForgetting(t *testing.T) {
	browser := browsertest.Start(t)
	smtp := mailtest.Listen(t)
	data := t.TempDir()
	environ := worldSettings(t, data, smtp)
	addr, _ := start(t, environ)
	l := &listener{t: t, line: linetest.Listen(t, addr), data: data}
	l.tab = browser.Open("http://"+addr+"/?lang=en", browsertest.Desktop)
	l.tab.Click(inShadow(".launch"))
	l.does("[Wrong user or password]")
	l.tab.Click(inShadow(".write textarea"))
	l.tab.Paste(tattling(t))
	l.tab.Wait(inShadow(".row.contact[data-seq] a.shot, .row.contact[data-seq] .shot") + ` && ` + idle)
	l.tab.Click(inShadow(`.bar [data-move="jump:person"]`))
	l.tab.Wait(idle)
	l.does("ann@example.org")
	l.does("[Send it now]")
	l.tab.Wait(inShadow(".card.ticket"))

	letter := mailtest.Parse(t, smtp.Wait(t, 1)[0].Data)
	if len(letter.Attachments) != 1 {
		t.Fatalf("%d attachments", len(letter.Attachments))
	}
	attached := letter.Attachments[0]
	if attached.Name != "LK-1001-1.png" || attached.Kind != "image/png" {
		t.Errorf("the attachment is %s, %s", attached.Name, attached.Kind)
	}
	if img, kind, err := image.Decode(bytes.NewReader(attached.Data)); err != nil || kind != "png" || img.Bounds() != image.Rect(0, 0, 320, 200) {
		t.Errorf("the attachment: %s, %v", kind, err)
	}
	for _, secret := range []string{"eXIf", "tEXt", "made at home"} {
		if bytes.Contains(attached.Data, []byte(secret)) {
			t.Errorf("the attachment has %q in it", secret)
		}
	}

	// The person sees it again after a reload, from the server.
	l.tab.Reload()
	l.tab.Wait(inShadow("a.shot"))
	src := browsertest.Eval[string](l.tab, inShadow("a.shot")+`.href`)
	status := func() int {
		res, err := http.Get(src)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := status(); got != http.StatusOK {
		t.Errorf("%s answers %d", src, got)
	}
	if out := ask(t, environ, "forget", "LK-1001", "--yes"); !strings.Contains(out, "1 picture") {
		t.Errorf("latchkey forget says:\n%s", out)
	}
	if got := status(); got != http.StatusNotFound {
		t.Errorf("forgotten, %s answers %d", src, got)
	}
	if out := ask(t, environ, "tickets"); strings.Contains(out, "LK-1001") {
		t.Errorf("forgotten, the ticket is still there:\n%s", out)
	}
}

// Somebody whose login works again says how it was, and takes the conversation home by mail, in
// their language.
func TestARatingAndATranscript(t *testing.T) {
	browser := browsertest.Start(t)
	smtp := mailtest.Listen(t)
	data := t.TempDir()
	environ := worldSettings(t, data, smtp)
	addr, _ := start(t, environ)
	l := &listener{t: t, line: linetest.Listen(t, addr), data: data}
	l.tab = browser.Open("http://"+addr+"/?lang=fr", browsertest.Phone)
	l.tab.Click(inShadow(".launch"))
	l.does("[Mauvais identifiant ou mot de passe]")
	l.does("[Un nom d'utilisateur]")
	l.does("[Ça fonctionne]")
	l.tab.Click(inShadow(".end .rating button"))
	l.tab.Click(inShadow(".end .more textarea"))
	l.tab.Keys("Rapide et clair, merci!")
	l.tab.Click(inShadow(".end .more button"))
	l.tab.Wait(`!` + inShadow(".end .more"))
	l.tab.Click(inShadow(".end .mailing button"))
	l.tab.Click(inShadow(".end .mailing input"))
	l.tab.Keys("ann@example.org\r")
	l.tab.Wait(inShadow(".end .mailing .says") + `.textContent && ` + inShadow(".card.transcript"))

	mail := smtp.Wait(t, 1)[0]
	if !slices.Equal(mail.To, []string{"ann@example.org"}) {
		t.Errorf("the mail goes to %v", mail.To)
	}
	letter := mailtest.Parse(t, mail.Data)
	book := bookOfProgram(t, environ)
	db := l.db()
	_, _, log := stored(t, db, data)
	if want := book.Word("mail_transcript", "fr", nil); !strings.Contains(letter.Subject(), want) {
		t.Errorf("the subject is %q, without %q", letter.Subject(), want)
	}
	text := letters(itemNumber.ReplaceAllString(letter.Text, ""))
	for _, m := range log {
		if m.Event != "transcript" && !strings.Contains(text, letters(itemNumber.ReplaceAllString(m.Text, ""))) {
			t.Errorf("the mail lacks message %d, %q:\n%s", m.Seq, m.Text, letter.Text)
		}
	}
	// The comment goes on its own way, after the thumb.
	var rated ratingLine
	if err := json.Unmarshal([]byte(ask(t, environ, "ratings", "--json")), &rated); err != nil {
		t.Fatal(err)
	}
	if !rated.Helpful || rated.Comment != "Rapide et clair, merci!" || rated.Ended != "resolved" || rated.Ticket != "" {
		t.Errorf("latchkey ratings: %+v", rated)
	}
	if out := ask(t, environ, "ratings"); !strings.Contains(out, "helpful for 1 of 1") || !strings.Contains(out, "Rapide et clair") {
		t.Errorf("latchkey ratings says:\n%s", out)
	}
}
