// Package identity says on your server, when it makes the page, who is signed in.
package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// Sign vouches for a person for one hour. The secret is LATCHKEY_IDENTITY_SECRET.
func Sign(secret, id, name, email string) (string, error) {
	claims, err := json.Marshal(map[string]any{
		"id": id, "name": name, "email": email,
		"exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		return "", err
	}
	payload := base64.RawURLEncoding.EncodeToString(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(payload))
	return payload + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
