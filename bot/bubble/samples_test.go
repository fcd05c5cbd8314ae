package bubble

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	identity "latchkey/bot/bubble/demo/samples"
)

// The samples on the demo page make identities that hold. Where a language is not installed,
// its sample is not tested; Go's always is.
func TestTheSamplesMakeIdentitiesThatHold(t *testing.T) {
	const secret = "a secret of at least thirty-two characters"
	const name = `Zoë "Zed" O'Neil 😀`
	folder, err := filepath.Abs("demo/samples")
	if err != nil {
		t.Fatal(err)
	}
	// Each gets the name as its only argument, and says nothing but the identity.
	run := func(t *testing.T, env []string, program string, args ...string) (string, error) {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("LATCHKEY_REQUIRE_SAMPLES") == "1" {
				t.Fatalf("no %s in PATH, and LATCHKEY_REQUIRE_SAMPLES is set", program)
			}
			t.Skipf("no %s in PATH", program)
		}
		cmd := exec.Command(program, append(args, name)...)
		cmd.Dir = folder
		cmd.Env = append(cmd.Environ(), "PYTHONDONTWRITEBYTECODE=1")
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.Output()
		return string(out), err
	}
	programs := map[string][]string{
		"identity.mjs": {"node", "--input-type=module", "--eval",
			`import { identity } from "./identity.mjs"; process.stdout.write(identity(42, process.argv[1], "zoe@example.com"))`},
		"identity.php": {"php", "-r",
			`require "identity.php"; echo identity("42", $argv[1], "zoe@example.com");`},
		"identity.py": {"python3", "-c",
			`import sys; sys.path.insert(0, "."); from identity import identity; print(identity(42, sys.argv[1], "zoe@example.com"), end="")`},
	}
	for _, tongue := range tongues {
		t.Run(tongue.Name, func(t *testing.T) {
			from := time.Now().Truncate(time.Second)
			var token string
			var err error
			if tongue.File == "identity.go" {
				token, err = identity.Sign(secret, "42", name, "zoe@example.com")
			} else {
				p := programs[tongue.File]
				token, err = run(t, []string{"LATCHKEY_IDENTITY_SECRET=" + secret}, p[0], p[1:]...)
				// Without a secret nobody may believe that somebody was vouched for.
				if said, err := run(t, nil, p[0], p[1:]...); err == nil || said != "" {
					t.Errorf("without a secret it says %q", said)
				}
			}
			if err != nil {
				t.Fatal(err)
			}

			// By the letter of the format, without the bubble's own code.
			payload, sum, _ := strings.Cut(token, ".")
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(payload))
			if want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); sum != want {
				t.Errorf("signed with %s, want %s", sum, want)
			}
			data, err := base64.RawURLEncoding.Strict().DecodeString(payload)
			if err != nil {
				t.Fatal(err)
			}
			var says struct {
				ID, Name, Email string
				Exp             int64
			}
			if err := json.Unmarshal(data, &says); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if says.ID != "42" || says.Name != name || says.Email != "zoe@example.com" {
				t.Errorf("it says %+v", says)
			}
			if ends := time.Unix(says.Exp, 0); ends.Before(from.Add(time.Hour)) || ends.After(time.Now().Add(time.Hour)) {
				t.Errorf("it ends at %v", ends)
			}

			// And as the bubble reads it.
			want := bot.Identity{UserID: "42", Name: name, Email: "zoe@example.com", Verified: true}
			if got, err := readIdentity(secret, token, time.Now()); err != nil || got != want {
				t.Errorf("the bubble reads %+v %v", got, err)
			}
			if _, err := readIdentity(secret, token, time.Now().Add(2*time.Hour)); err != errExpired {
				t.Errorf("two hours later: %v", err)
			}
		})
	}
}
