package redact

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

var (
	// logMail are addresses of people, also where they are part of something longer.
	logMail = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+(?:@|%40)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	// logPhone are telephone numbers as they are written in North America, and those with a plus.
	// Ids, versions and the time stamps of Slack are longer words, and stay.
	logPhone = regexp.MustCompile(`(?:^|[^\w.:/+-])(\+\d[\d ().-]{6,16}\d|(?:1[ .-]?)?(?:\([2-9]\d{2}\)|[2-9]\d{2})[ .-]?\d{3}[ .-]?\d{4})(?:$|[^\w:/-])`)
)

const (
	maskedMail  = "…@…"
	maskedPhone = "…phone…"
)

// Log gives a line for a log without people's addresses and telephone numbers, without the keys of
// programs, and without the names and passwords inside of links.
func Log(line string) string {
	if line == "" {
		return line
	}
	if strings.Contains(line, "://") && strings.Contains(line, "@") {
		line = userInfo.ReplaceAllString(line, "://"+secretMark+"@")
	}
	if strings.ContainsAny(line, "@%") {
		line = logMail.ReplaceAllString(line, maskedMail)
	}
	if strings.ContainsAny(line, "0123456789") {
		for range 2 { // neighbours share the sign between them
			line = logPhone.ReplaceAllStringFunc(line, func(found string) string {
				m := logPhone.FindStringSubmatchIndex(found)
				return found[:m[2]] + maskedPhone + found[m[3]:]
			})
		}
	}
	if strings.ContainsAny(line, "-_.") {
		line = tokenText.ReplaceAllString(line, secretMark)
	}
	return line
}

// userInfo is what stands before the host of a link.
var userInfo = regexp.MustCompile(`://[^/\s@"']+:[^/\s@"']+@`)

// Logs gives a handler that masks what [Log] masks, in messages and in all values, before another
// handler writes them. A value that is not a text, such as an error, is written as one where
// something in it had to be masked, and is left as it is elsewhere.
func Logs(to slog.Handler) slog.Handler { return logs{to} }

type logs struct{ slog.Handler }

func (l logs) Handle(ctx context.Context, r slog.Record) error {
	masked := slog.NewRecord(r.Time, r.Level, Log(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(maskAttr(a))
		return true
	})
	return l.Handler.Handle(ctx, masked)
}

func (l logs) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i] = maskAttr(a)
	}
	return logs{l.Handler.WithAttrs(masked)}
}

func (l logs) WithGroup(name string) slog.Handler { return logs{l.Handler.WithGroup(name)} }

func maskAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		v = slog.StringValue(Log(v.String()))
	case slog.KindGroup:
		group := v.Group()
		masked := make([]slog.Attr, len(group))
		for i, in := range group {
			masked[i] = maskAttr(in)
		}
		v = slog.GroupValue(masked...)
	case slog.KindAny:
		// Also what is deep inside of a structure.
		for _, text := range []string{fmt.Sprint(v.Any()), fmt.Sprintf("%+v", v.Any())} {
			if masked := Log(text); masked != text {
				v = slog.StringValue(masked)
				break
			}
		}
	}
	return slog.Attr{Key: a.Key, Value: v}
}
