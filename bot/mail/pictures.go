package mail

import (
	"bytes"
	"fmt"

	gomail "github.com/wneessen/go-mail"

	"latchkey/bot"
)

// picture is an image of the conversation as an attachment.
type picture struct {
	seq  int64 // of its message
	name string
	kind gomail.ContentType
	data []byte
}

// picturesOf names the pictures of a parcel in their order: LK-1042-1.png. They count on from
// the last message that was delivered before, so that no two pictures of a ticket have the same
// name in the folder where somebody keeps them.
func picturesOf(p bot.Parcel) []picture {
	var out []picture
	n := p.Delivery.After
	for _, m := range p.Messages {
		if m.Picture == nil {
			continue
		}
		n++
		data, ok := p.Pictures[m.Picture.ID]
		if !ok {
			continue
		}
		pic := picture{seq: m.Seq, kind: "image/png", data: data}
		ending := "png"
		if m.Picture.Kind == "image/jpeg" {
			pic.kind, ending = "image/jpeg", "jpg"
		}
		pic.name = fmt.Sprintf("%s-%d.%s", number(p.Ticket), n, ending)
		out = append(out, pic)
	}
	return out
}

// into writes the content into a mail. Pictures are only attached: a mail with each of them
// once more inside its page would be too large for many servers.
func (b content) into(m *gomail.Msg) error {
	if len(b.pictures) == 0 {
		b.words(m)
		return nil
	}
	// The library has one boundary to give, or chance ones. The outer parts get it; the words,
	// which are parts themselves, are written beforehand with another. It does not begin with the
	// outer one, which would end there for readers that look no further.
	boundary := "words-" + m.GetBoundary()
	inner := gomail.NewMsg(gomail.WithBoundary(boundary))
	b.words(inner)
	var written bytes.Buffer
	if _, err := inner.WriteTo(&written); err != nil {
		return err
	}
	_, parts, _ := bytes.Cut(written.Bytes(), []byte("\r\n\r\n"))
	m.SetBodyString(gomail.ContentType("multipart/alternative; boundary="+boundary), string(parts), gomail.WithPartEncoding(gomail.NoEncoding))
	for _, pic := range b.pictures {
		m.AttachReadSeeker(pic.name, bytes.NewReader(pic.data), gomail.WithFileContentType(pic.kind))
	}
	return nil
}

// words writes the content once as text and once as a page.
func (b content) words(m *gomail.Msg) {
	m.SetBodyString(gomail.TypeTextPlain, b.text)
	m.AddAlternativeString(gomail.TypeTextHTML, b.page)
}
