package redact

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestLog(t *testing.T) {
	for line, want := range map[string]string{
		"550 no such user <ann.roy+app@example.org>":             "550 no such user <…@…>",
		"GET /unsubscribe?mail=ann%40example.org":                "GET /unsubscribe?mail=…@…",
		"élise.côté@example.org, bob@example.net":                "…@…, …@…",
		"call 514-555-0199 or (438) 555 0142, +33 6 12 34 56 78": "call …phone… or …phone…, …phone…",
		"5145550199":                                                       "…phone…",
		"514 555 0199 514 555 0198":                                        "…phone… …phone…",
		"dial postgres://bot:hunter2@db/x":                                 "dial postgres://••••••@db/x",
		"token xoxb-1234567890-abcdefghij":                                 "token ••••••",
		"channel=C1 ts=1700000000.000100":                                  "channel=C1 ts=1700000000.000100",
		"id 550e8400-e29b-41d4-a716-446655440000":                          "id 550e8400-e29b-41d4-a716-446655440000",
		"slack:event:Ev0123456789":                                         "slack:event:Ev0123456789",
		"at 2026-11-23T14:05:33.123Z 127.0.0.1:8080 [::1]:80 1.2s LK-1042": "at 2026-11-23T14:05:33.123Z 127.0.0.1:8080 [::1]:80 1.2s LK-1042",
		"version 2026.11.23, 1024 of 20480 bytes":                          "version 2026.11.23, 1024 of 20480 bytes",
		"an @ and a 100 %":                                                 "an @ and a 100 %",
	} {
		if got := Log(line); got != want {
			t.Errorf("%q became %q, want %q", line, got, want)
		}
		if got := Log(Log(line)); got != want {
			t.Errorf("%q became %q the second time", line, got)
		}
	}
}

type told struct{ Name, Mail string }

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.StringValue("ann@example.org") }

// Nothing of a person stands in any line at any level, however it came there; what is nobody's
// keeps its kind.
func TestLogs(t *testing.T) {
	var out bytes.Buffer
	for _, h := range []slog.Handler{
		slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}),
		slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}),
	} {
		log := slog.New(Logs(h))
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			log.Log(t.Context(), level, "to ann@example.org", "a", "ann@example.org", "b", errors.New("no ann@example.org"),
				"c", fmt.Errorf("x: %w", errors.New("514-555-0199")), "d", told{"Ann", "ann@example.org"}, "e", &told{"Ann", "ann@example.org"},
				"f", []string{"ann@example.org"}, "g", map[string]told{"x": {"Ann", "ann@example.org"}}, "h", valuer{}, "i", []byte("ann"))
		}
		log.With("a", "ann@example.org").WithGroup("g").With(slog.Group("h", "i", "514 555 0199")).Info("x", slog.Group("j", "k", "ann@example.org"))
		log.Info("counts", "n", 12345678901, "took", 3*time.Second, "peer", netip.MustParseAddr("127.0.0.1"), "list", []int{1, 2})
	}
	for _, not := range []string{"ann@", "example.org", "555-0199", "555 0199"} {
		if strings.Contains(out.String(), not) {
			t.Errorf("%s is in the log:\n%s", not, out.String())
		}
	}
	for _, want := range []string{`"n":12345678901`, `"took":3000000000`, `"peer":"127.0.0.1"`, `"list":[1,2]`, "took=3s", `"h":{"i":"…phone…"}`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in the log:\n%s", want, out.String())
		}
	}
}
