package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// lookForSaves is how often `chat --watch` looks whether a file was saved.
const lookForSaves = 300 * time.Millisecond

// rehearsal is a conversation with trees that are being written: each time they are saved it
// is held again with what they say now. Nothing of it is kept, and nothing reaches the team.
type rehearsal struct {
	program
	settings Config
	log      *slog.Logger
	as, lang string
	// parts and talk are nil until the files load for the first time.
	parts *parts
	talk  *talk
	round int
}

// rehearse talks in the terminal until the input ends. At each tick it looks for files that
// were saved.
func (p program) rehearse(ctx context.Context, c Config, as, lang string, ticks <-chan time.Time) error {
	if c.Flows == "" {
		return errors.New("--watch needs trees that can be changed: copy flows/*.yaml to a folder and set LATCHKEY_FLOWS to it")
	}
	scratch, err := os.MkdirTemp("", "latchkey-rehearsal-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	c.Data, c.SMTPHost = scratch, ""
	r := &rehearsal{
		program: p, settings: c, as: as, lang: lang,
		log: newLog(p.err, Config{LogLevel: "warn"}),
	}
	defer r.close()
	saves := newSaves(c.Flows)
	fmt.Fprintf(p.out, "Watching %s: save a file, and the conversation goes on with it. Nothing is kept or sent.\n", c.Flows)
	if err := r.load(ctx); err != nil {
		return err
	}
	lines, failed := scanLines(ctx, p.in)
	for {
		select {
		case <-ctx.Done():
			return nil
		case text, ok := <-lines:
			if !ok {
				return <-failed
			}
			if r.talk == nil {
				fmt.Fprintln(p.out, "The files do not load yet.")
				continue
			}
			if err := r.talk.say(ctx, text); err != nil {
				return err
			}
			r.talk.out.prompt()
		case <-ticks:
			if saves.look() {
				if err := r.load(ctx); err != nil {
					return err
				}
			}
		}
	}
}

func (r *rehearsal) close() {
	if r.parts != nil {
		r.parts.store.Close()
	}
}

// load reads the files and holds the conversation again. What is wrong with them is shown; the
// conversation then stays with what was read before.
func (r *rehearsal) load(ctx context.Context) error {
	r.round++
	c := r.settings
	c.Data = filepath.Join(c.Data, fmt.Sprint(r.round))
	next, err := r.build(ctx, c, r.log)
	if err == nil {
		if !next.book.HasFlow(r.as) {
			err = fmt.Errorf("--as %s: there is no such tree", r.as)
		} else if r.lang != "" && !next.book.HasLanguage(r.lang) {
			err = fmt.Errorf("--lang %s: the files have %v", r.lang, next.book.Languages())
		}
		if err != nil {
			next.store.Close()
		}
	}
	if err != nil {
		r.complain(err)
		return nil
	}
	var before bot.View
	if r.talk != nil {
		before, err = r.talk.bot.View(ctx, terminal, r.talk.address, 0, 0)
		if err != nil && !errors.Is(err, bot.ErrNotFound) {
			return err
		}
	}
	again := &talk{bot: next.bot, as: r.as, lang: r.lang, address: "rehearsal", out: textPrinter{r.out}}
	if len(before.Messages) > 0 {
		again.lang = before.Conversation.Session.Lang
	}
	told, err := again.replay(ctx, before.Messages)
	if err != nil {
		return err
	}
	r.close()
	if r.talk != nil {
		fmt.Fprintf(r.out, "\n── saved: %s ──\n", told)
	}
	r.parts, r.talk = next, again
	return again.showLast(ctx)
}

// replay does again what somebody did in an earlier conversation, as far as it is still
// possible, and says how far that was. What was pressed or understood is the same move again;
// what was not understood, and what was filled in, is read anew.
func (t *talk) replay(ctx context.Context, log []bot.Message) (string, error) {
	log = slices.DeleteFunc(slices.Clone(log), func(m bot.Message) bool { return m.From != bot.FromContact })
	for i, m := range log {
		session, err := t.session(ctx)
		if err != nil {
			return "", err
		}
		move := flows.ParseMove(m.Move)
		possible := slices.ContainsFunc(t.bot.Book().Moves(session), func(o flows.Option) bool { return o.Move == move })
		if !possible && move.Kind != flows.Unclear {
			return fmt.Sprintf("the conversation goes on after %d of %d answers: “%s” (%s) is not possible at %s any more",
				i, len(log), m.Text, m.Move, session.At), nil
		}
		in := t.inbound(m.Text)
		if move.Kind != flows.Unclear && move.Kind != flows.Fill {
			in.Move = &move
		}
		if err := t.bot.Receive(ctx, in); err != nil {
			return "", err
		}
	}
	if len(log) == 1 {
		return "the conversation goes on after 1 answer", nil
	}
	return fmt.Sprintf("the conversation goes on after %d answers", len(log)), nil
}

// session is where the conversation stands, also before its first message.
func (t *talk) session(ctx context.Context) (flows.Session, error) {
	v, err := t.bot.View(ctx, terminal, t.address, 0, 0)
	if errors.Is(err, bot.ErrNotFound) {
		return t.bot.Welcome(t.as, t.lang).Conversation.Session, nil
	}
	return v.Conversation.Session, err
}

// showLast shows what was said since the person's last words, and prompts.
func (t *talk) showLast(ctx context.Context) error {
	v, err := t.bot.View(ctx, terminal, t.address, 0, 0)
	if errors.Is(err, bot.ErrNotFound) {
		v = bot.View{Messages: t.bot.Welcome(t.as, t.lang).Messages}
	} else if err != nil {
		return err
	}
	for i, m := range slices.Backward(v.Messages) {
		if m.From == bot.FromContact {
			v.Messages = v.Messages[i:]
			break
		}
	}
	if err := t.show(v); err != nil {
		return err
	}
	t.out.prompt()
	return nil
}

// mostProblems is how many problems are shown at once: the first slip makes the others.
const mostProblems = 5

// complain shows what is wrong with the files, each with its line and a mark under the place.
func (r *rehearsal) complain(err error) {
	var problems flows.Problems
	if !errors.As(err, &problems) {
		fmt.Fprintf(r.out, "\n── not used: %v ──\n", err)
	} else {
		fmt.Fprint(r.out, "\n── not used: the files do not load ──\n")
		for i, p := range problems {
			if i == mostProblems {
				fmt.Fprintf(r.out, "\nand %d more\n", len(problems)-i)
				break
			}
			fmt.Fprintf(r.out, "\n%s\n%s", filepath.Join(r.settings.Flows, p.String()), pointAt(r.settings.Flows, p))
		}
	}
	if r.talk != nil {
		fmt.Fprintln(r.out, "\nThe conversation stays with what was read before.")
		r.talk.out.prompt()
	}
}

// widest is how much of a line is shown, in letters.
const widest = 100

// pointAt gives the line a problem is in, and under it a caret where it stands.
func pointAt(folder string, p flows.Problem) string {
	text, err := os.ReadFile(filepath.Join(folder, p.File))
	if err != nil || p.Line == 0 {
		return ""
	}
	lines := strings.Split(string(text), "\n")
	if p.Line > len(lines) {
		return ""
	}
	line := []rune(strings.TrimRight(lines[p.Line-1], "\r"))
	column := min(max(p.Column-1, 0), len(line))
	if from := column - widest/2; from > 0 && len(line) > widest {
		line, column = line[from:], widest/2
	}
	line = line[:min(len(line), widest)]
	// Tabs stay tabs, so that the caret stands under its letter.
	indent := strings.Map(func(c rune) rune {
		if c == '\t' {
			return c
		}
		return ' '
	}, string(line[:column]))
	return fmt.Sprintf("    %s\n    %s^\n", string(line), indent)
}

// saves notices when the flow files of a folder were saved.
type saves struct {
	folder string
	// read is how the files were when they were last read; found how they were found since.
	read, found string
}

func newSaves(folder string) *saves {
	s := &saves{folder: folder}
	s.read = s.state()
	return s
}

// look says that there is something new to read. It waits until two looks are alike: an
// editor may be in the middle of writing.
func (s *saves) look() bool {
	now := s.state()
	settled := now == s.found
	s.found = now
	if now == s.read || !settled {
		return false
	}
	s.read = now
	return true
}

// state is how the folder's flow files are, by name, size and time.
func (s *saves) state() string {
	names, _ := filepath.Glob(filepath.Join(s.folder, "*.yaml")) // the pattern is fine
	var b strings.Builder
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(&b, name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// scanLines reads lines while something else goes on. When the first channel is closed, the
// second has the reason.
func scanLines(ctx context.Context, in io.Reader) (<-chan string, <-chan error) {
	lines, failed := make(chan string), make(chan error, 1)
	go func() {
		defer close(lines)
		scan := bufio.NewScanner(in)
		scan.Buffer(nil, maxLine)
		for scan.Scan() {
			select {
			case lines <- strings.TrimSpace(scan.Text()):
			case <-ctx.Done():
				failed <- nil
				return
			}
		}
		failed <- scan.Err()
	}()
	return lines, failed
}
