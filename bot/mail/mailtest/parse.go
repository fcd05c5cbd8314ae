package mailtest

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	gomail "github.com/emersion/go-message/mail"
)

// Letter is a mail taken apart, its lines ending in \n.
type Letter struct {
	Header gomail.Header
	Text   string
	HTML   string
	// Attachments are the files that came with it, in order.
	Attachments []Attachment
}

// Attachment is a file in a mail.
type Attachment struct {
	Name, Kind string
	Data       []byte
}

// Subject is the decoded subject.
func (l Letter) Subject() string {
	s, _ := l.Header.Subject()
	return s
}

// Parse takes a mail apart. The test fails when it is not well-formed.
func Parse(t testing.TB, data []byte) Letter {
	t.Helper()
	r, err := gomail.CreateReader(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("mail: %v\n%s", err, data)
	}
	l := Letter{Header: r.Header}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		if err != nil {
			t.Fatalf("mail: %v\n%s", err, data)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatalf("mail: %v\n%s", err, data)
		}
		head, _ := part.Header.(*gomail.InlineHeader)
		if head == nil {
			file := part.Header.(*gomail.AttachmentHeader)
			name, err := file.Filename()
			if err != nil {
				t.Fatalf("mail: %v\n%s", err, data)
			}
			kind, _, _ := file.ContentType()
			l.Attachments = append(l.Attachments, Attachment{name, kind, body})
			continue
		}
		content := strings.ReplaceAll(string(body), "\r\n", "\n")
		switch kind, _, _ := head.ContentType(); kind {
		case "text/plain":
			l.Text = content
		case "text/html":
			l.HTML = content
		default:
			t.Fatalf("mail: unexpected part %s", kind)
		}
	}
}
