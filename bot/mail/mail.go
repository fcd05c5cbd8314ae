// Package mail tells the support team about tickets by mail. A ticket becomes one mail; what
// its contact adds later follows in the same thread.
//
// The mail is for somebody who has never seen the case: who asks and for what, what they see,
// what was tried with its results, how to answer, what else is known, then the conversation.
// Pictures of the conversation are attached.
//
// It also mails people their own conversation when they ask for it, in their language.
//
// With a mail server configured, mails are sent by [SMTP]. Without one, or for a queue that
// has no address, they are written as files by [Spool]: nothing that a person told the bot is
// lost because a setting is missing.
package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	"latchkey/bot"
)

// Channel is the name under which deliveries are owed to this package.
const Channel = "mail"

// TLS says how the connection to the mail server is protected.
type TLS string

// The ways to protect the connection.
const (
	// StartTLS begins in the clear and refuses to go on when the server cannot encrypt.
	StartTLS TLS = "starttls"
	// ImplicitTLS is encrypted from the first byte.
	ImplicitTLS TLS = "tls"
	// Opportunistic encrypts when the server can. A password is not sent in the clear.
	Opportunistic TLS = "opportunistic"
	// NoTLS never encrypts, and is accepted for this machine only.
	NoTLS TLS = "none"
)

// Options say where mail goes and how it reads.
type Options struct {
	// Host is the mail server. Empty: mail is written to Spool.
	Host string
	// Port is 587 when it is 0; with ImplicitTLS 465, with NoTLS 25.
	Port int
	// User and Password log in there. Without a User nobody logs in.
	User     string
	Password string
	// TLS is StartTLS when it is empty.
	TLS TLS
	// RootCAs are the authorities that may vouch for the mail server; nil means the system's.
	RootCAs *x509.CertPool
	// From is the address mails come from, with or without a name. It is needed with a Host.
	From string
	// Timeout is how long one mail may take, 30 seconds when it is 0.
	Timeout time.Duration
	// Spool is the folder for mails that cannot be sent for want of a server or an address.
	Spool string
	// SupportEmail is where people's answers to their transcripts go; empty: to From.
	SupportEmail string
	// Product names the product in the subject of transcripts, if it is set.
	Product string
	// Lang is the language of the words of the mails to the team; "en" when it is empty.
	Lang string
	// Zone is where the times are told; nil means the machine's.
	Zone *time.Location
	// Link gives the address of a ticket's page for the team; nil, or an empty answer: no link.
	Link func(bot.Ticket) string
}

// Words gives the mail's own words, the keys of mail.yaml, in a language; empty for what it
// does not have.
type Words func(key, lang string) string

// Addresses for a spool that is used without any setting.
const localFrom = "Latchkey <latchkey@localhost>"

// New checks the options and gives the sender that fits them: an [SMTP] when there is a mail
// server, else a [Spool].
func New(o Options, words Words) (bot.Sender, error) {
	if o.Spool == "" {
		return nil, errors.New("mail: no spool folder")
	}
	if o.From == "" {
		if o.Host != "" {
			return nil, errors.New("mail: a from address is needed to send mail")
		}
		o.From = localFrom
	}
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("mail: from address %q: %w", o.From, err)
	}
	var support *netmail.Address
	if o.SupportEmail != "" {
		if support, err = netmail.ParseAddress(o.SupportEmail); err != nil {
			return nil, fmt.Errorf("mail: support address %q: %w", o.SupportEmail, err)
		}
	}
	if o.Lang == "" {
		o.Lang = fallbackLang
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if l := lacks(words, o.Lang); len(l) > 0 {
		return nil, fmt.Errorf("mail: these words are missing: %s", strings.Join(l, ", "))
	}
	spool := &Spool{
		folder: o.Spool,
		compose: composer{
			from: from, support: support, product: o.Product,
			words: words, lang: o.Lang, zone: o.Zone, link: o.Link,
		},
	}
	if o.Host == "" {
		return spool, nil
	}
	return newSMTP(o, spool)
}

// loopback says whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
