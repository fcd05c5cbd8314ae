package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSettingsFromEnvironmentFileAndSecrets(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write(".env", "LATCHKEY_PRODUCT=Fit\nLATCHKEY_ADDR=:1\nLATCHKEY_SITES=https://a.example,*.b.example\n")
	secret := write("smtp", "p w\n")
	identity := write("identity", strings.Repeat("k", 32)+"\n")
	c, err := loadConfig([]string{"LATCHKEY_ADDR=:2", "LATCHKEY_SMTP_PASSWORD_FILE=" + secret, "LATCHKEY_IDENTITY_SECRET_FILE=" + identity,
		"LATCHKEY_PROXIES=10.0.0.0/8, 192.0.2.1", "PATH=/bin"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != ":2" || c.Product != "Fit" || len(c.Sites) != 2 || c.SMTPPassword != "p w" || c.IdentitySecret != Secret(strings.Repeat("k", 32)) || len(c.Proxies) != 2 || c.CloseAfter != 72*time.Hour {
		t.Errorf("got %+v", c)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"LATCHKEY_PRODUKT=x", "there is no setting LATCHKEY_PRODUKT"},
		{"LATCHKEY_SUPPORT_EMAIL=help", "LATCHKEY_SUPPORT_EMAIL"},
		{"LATCHKEY_REMIND_AFTER=soon", "RemindAfter"},
		{"LATCHKEY_URL=help.example.com", "LATCHKEY_URL"},
		{"LATCHKEY_LOG_LEVEL=loud", "LATCHKEY_LOG_LEVEL"},
		{"LATCHKEY_IDENTITY_SECRET=" + strings.Repeat("x", 31), "LATCHKEY_IDENTITY_SECRET: has 31 characters"},
		{"LATCHKEY_PROXIES=10.0.0.0/8,proxy.example.com", `LATCHKEY_PROXIES: "proxy.example.com" is not an address`},
		{"LATCHKEY_SLACK_BOT_TOKEN=xoxb-1", "LATCHKEY_SLACK_BOT_TOKEN: needs LATCHKEY_SLACK_APP_TOKEN"},
		{"LATCHKEY_SLACK_SUPPORT_CHANNEL=#support", `"#support" is not the id of a channel`},
		{"LATCHKEY_SMTP_PASSWORD_FILE=/nowhere", "LATCHKEY_SMTP_PASSWORD_FILE"},
	} {
		if _, err := loadConfig([]string{c.env}, t.TempDir()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.env, err)
		}
	}
}

// A secret is not shown however it is printed, nor inside the settings.
func TestSecretsAreNotShown(t *testing.T) {
	const canary = "hunter2-canary"
	c := Config{SMTPPassword: canary, IdentitySecret: canary, SlackBotToken: canary, SlackAppToken: canary, SlackSigningSecret: canary}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", "config", c, "password", c.SMTPPassword)
	slog.New(slog.NewTextHandler(&log, nil)).Info("settings", "config", c, "password", c.SMTPPassword)
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(data) + fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c.SMTPPassword, c.IdentitySecret)
	if strings.Contains(shown, canary) {
		t.Errorf("the secret is shown: %s", shown)
	}
}
