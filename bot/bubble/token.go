package bubble

import (
	"crypto/sha256"
	"encoding/base64"
)

// tokenBytes is the length of a visitor's token: far beyond guessing, so that a hash
// without salt is enough.
const tokenBytes = 32

// address gives the address a token stands for in the core; false if it has not the form
// the widget makes.
func address(token string) (string, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return "", false
	}
	sum := sha256.Sum256(append([]byte("latchkey bubble "), raw...))
	return base64.RawURLEncoding.EncodeToString(sum[:]), true
}
