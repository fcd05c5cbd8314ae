package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"os"
	"path/filepath"

	gomail "github.com/wneessen/go-mail"

	"latchkey/bot"
)

// Spool writes mails as files that any mail program opens. The file of a parcel has always the
// same name, so that a repeat takes the place of the first.
type Spool struct {
	folder  string
	compose composer
}

// Send writes one mail. An error is worth another try: a full disk gets emptied.
func (s *Spool) Send(_ context.Context, p bot.Parcel) (receipt string, err error) {
	return "", s.keep(p) // no mail is changed later
}

func (s *Spool) keep(p bot.Parcel) error {
	if nothing(p) {
		return nil
	}
	var to *netmail.Address
	if p.Delivery.ToContact() && p.Delivery.Address != "" {
		// A queue is found in the file by itself; a person only by their address.
		a, err := netmail.ParseAddress(p.Delivery.Address)
		if err != nil {
			return bot.Permanent(fmt.Errorf("mail: spool for %q: %w", p.Delivery.Address, err))
		}
		to = a
	}
	m, err := s.compose.message(p, to)
	if err != nil {
		return bot.Permanent(fmt.Errorf("mail: write to spool: %w", err))
	}
	if err := s.write(m, s.Path(p)); err != nil {
		return fmt.Errorf("mail: spool: %w", err)
	}
	return nil
}

// Path is the file a parcel is written to.
func (s *Spool) Path(p bot.Parcel) string {
	name := number(p.Ticket)
	if p.Delivery.ToContact() {
		name = string(p.Delivery.Kind)
	}
	return filepath.Join(s.folder, name+"-"+digest(p.Delivery.ID)+".eml")
}

// write makes the file appear whole or not at all, readable for its owner only: it tells about
// a person.
func (s *Spool) write(m *gomail.Msg, path string) error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.folder, ".unfinished-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = m.WriteTo(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
