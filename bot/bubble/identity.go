package bubble

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"latchkey/bot"
)

// claims are what a page's server signs.
type claims struct {
	// ID may not be missing: a name or an address can be two people's, and change hands.
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	// Exp is when it ends, in seconds since 1970; some languages tell them with a fraction. An
	// identity that never ended could be used for ever by whoever once saw it.
	Exp float64 `json:"exp"`
}

// farAway is in the year 5138: whoever names a later one has counted milliseconds.
const farAway = 1e11

// Sign makes the identity of somebody who is signed in on a page, for the attribute "identity"
// of the bubble; without an id it does not hold. Hosts that are not written in Go do the same in a
// few lines; see the package.
func Sign(secret string, id bot.Identity, expires time.Time) string {
	payload, err := json.Marshal(claims{ID: id.UserID, Name: id.Name, Email: id.Email, Exp: float64(expires.Unix())})
	if err != nil {
		panic("bubble: claims are plain text: " + err.Error())
	}
	first := base64.RawURLEncoding.EncodeToString(payload)
	return first + "." + base64.RawURLEncoding.EncodeToString(signature(secret, first))
}

func signature(secret, first string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(first))
	return mac.Sum(nil)
}

// Why an identity does not hold. The operator reads it.
var (
	errNoSecret  = errors.New("no secret is configured")
	errUnsigned  = errors.New("it is not signed")
	errSignature = errors.New("it is signed with another secret, or was changed")
	errClaims    = errors.New("what is signed is not an id, a name and an e-mail as text, or one of them has no end")
	errNobody    = errors.New("it has no id, and without one people cannot be told apart")
	errEndless   = errors.New("it does not say when it ends, in seconds")
	errExpired   = errors.New("it has expired")
)

// readIdentity checks an identity. With errNobody and errExpired it gives, unverified, who it was of.
func readIdentity(secret, text string, now time.Time) (bot.Identity, error) {
	if secret == "" {
		return bot.Identity{}, errNoSecret
	}
	first, second, ok := strings.Cut(text, ".")
	sum, err := base64.RawURLEncoding.Strict().DecodeString(second)
	if !ok || second == "" || err != nil {
		return bot.Identity{}, errUnsigned
	}
	if !hmac.Equal(sum, signature(secret, first)) {
		return bot.Identity{}, errSignature
	}
	var c claims
	payload, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return bot.Identity{}, errClaims
	}
	id := bot.Identity{UserID: oneLine(c.ID), Name: oneLine(c.Name), Email: oneLine(c.Email)}
	if longer(id.UserID, longestName) || longer(id.Name, longestName) || longer(id.Email, longestName) {
		return bot.Identity{}, errClaims
	}
	switch {
	case id.UserID == "":
		return id, errNobody
	case c.Exp == 0 || c.Exp > farAway:
		return bot.Identity{}, errEndless
	case float64(now.Unix()) >= c.Exp:
		return id, errExpired
	}
	id.Verified = true
	return id, nil
}

// identity is who a hello says somebody is. What is not verified never mixes with what is.
func (b *Bubble) identity(f inFrame) bot.Identity {
	said := bot.Identity{Name: f.Name, Email: f.Email}
	if f.Identity == "" {
		return said
	}
	id, err := readIdentity(b.opts.IdentitySecret, f.Identity, b.now())
	if err == nil {
		return id
	}
	if b.mayComplain(err) {
		b.log.Warn("an identity is not trusted; the person is served as unverified", "reason", err)
	}
	id.Name, id.Email = cmp.Or(id.Name, said.Name), cmp.Or(id.Email, said.Email)
	return id
}

// mayComplain says each reason once a minute: where the secret is wrong, it is wrong for everybody.
func (b *Bubble) mayComplain(reason error) bool {
	b.complaints.Lock()
	defer b.complaints.Unlock()
	now := b.now()
	if last, ok := b.complained[reason]; ok && now.Sub(last) < time.Minute {
		return false
	}
	if b.complained == nil {
		b.complained = map[error]time.Time{}
	}
	b.complained[reason] = now
	return true
}
