package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/bubble/linetest"
	"latchkey/bot/mail/mailtest"
	"latchkey/store"
)

// screenReader listens to the bubble as a screen reader does. What is added to a log is read, in
// order, unless the log is busy; a status is read whole when it changes or appears; nothing is
// read that is hidden, or that aria-live="off" takes out. Browsers tell screen readers what has
// changed in batches, after they have painted: how things are then is what counts.
const screenReader = `(() => {
	window.heard = [];
	const inLog = new Set(), statuses = new Set();
	let due = false;
	const text = node => {
		if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
		if (node.nodeType !== Node.ELEMENT_NODE) return "";
		if (node.ariaHidden === "true" || node.ariaLive === "off" || getComputedStyle(node).display === "none") return "";
		if (node.role === "img") return node.ariaLabel;
		return [...node.childNodes].map(text).join(" ");
	};
	const say = (from, node, seq) => {
		const says = text(node).replace(/\s+/g, " ").trim();
		if (says) heard.push({ from, seq: Number(seq ?? 0), text: says });
	};
	const region = node => (node instanceof Element ? node : node.parentElement)?.closest("[role=log], [role=status], [aria-live]");
	const shown = node => !(node instanceof Element ? node : node.parentElement)?.closest("[hidden]");
	const read = () => {
		due = false;
		// In the order of the page, each once, and not what stands in another.
		const added = [...inLog].filter(n => n.isConnected && ![...inLog].some(m => m !== n && m.contains(n)));
		added.sort((a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
		inLog.clear();
		for (const node of added) {
			const log = region(node);
			if (log?.role !== "log" || log.ariaBusy === "true" || !shown(node)) continue;
			say("log", node, (node instanceof Element ? node : node.parentElement).closest("[data-seq]")?.dataset.seq);
		}
		for (const status of statuses) if (status.isConnected && shown(status)) say("status", status);
		statuses.clear();
	};
	const note = record => {
		for (const node of record.addedNodes) {
			if (region(record.target)?.role === "log") inLog.add(node);
			if (node instanceof Element && node.role === "log") for (const row of node.children) inLog.add(row);
		}
		const status = region(record.target);
		const appears = record.type === "attributes" && record.oldValue !== null;
		if (status?.role === "status" && (record.addedNodes.length || record.type === "characterData" || appears)) statuses.add(status);
		if (!due && (inLog.size || statuses.size)) due = true, requestAnimationFrame(() => setTimeout(read));
	};
	const attach = Element.prototype.attachShadow;
	Element.prototype.attachShadow = function (how) {
		const root = attach.call(this, how);
		new MutationObserver(all => all.forEach(note)).observe(root,
			{ childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["hidden"], attributeOldValue: true });
		return root;
	};
})()`

type utterance struct {
	From, Text string
	Seq        int64
}

// listener is who sits before a screen reader.
type listener struct {
	t    *testing.T
	tab  *browsertest.Tab
	line *linetest.Line
	data string
}

// heard gives what was read since the last time.
func (l *listener) heard() []utterance {
	l.t.Helper()
	// What was painted before now has been read.
	browsertest.Eval[bool](l.tab, `(requestAnimationFrame(() => setTimeout(() => setTimeout(() => { window.caughtUp = true }))), window.caughtUp = false, true)`)
	l.tab.Wait(`caughtUp`)
	return browsertest.Eval[[]utterance](l.tab, `heard.splice(0)`)
}

// does clicks a [choice] or types, and waits for the answer.
func (l *listener) does(step string) {
	l.t.Helper()
	l.begins(step)
	l.tab.Wait(idle)
}

func (l *listener) begins(step string) {
	l.t.Helper()
	if label, ok := strings.CutPrefix(step, "["); ok {
		l.tab.Click(button(strings.TrimSuffix(label, "]")))
		return
	}
	l.tab.Click(inShadow("textarea"))
	l.tab.Keys(step + "\r")
}

// speaks switches the language in the menu.
func (l *listener) speaks(code string) {
	l.t.Helper()
	l.tab.Click(inShadow("[aria-haspopup]"))
	l.tab.Click(inShadow(`.menu [lang="` + code + `"]`))
	l.tab.Wait(inShadow(".panel") + fmt.Sprintf(`.lang === %q && `, code) + idle)
}

// db is the program's own, opened a second time.
func (l *listener) db() *store.DB {
	l.t.Helper()
	db, err := store.Open(l.t.Context(), filepath.Join(l.data, "latchkey.db"))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { db.Close() })
	return db
}

// stored is the only conversation, with its log.
func stored(t *testing.T, db *store.DB, data string) (bot.Conversation, bot.Contact, []bot.Message) {
	t.Helper()
	file, err := sql.Open("sqlite3", filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var id string
	if err := file.QueryRow(`SELECT id FROM conversations`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	c, contact, err := db.ConversationByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	log, err := db.Messages(t.Context(), id, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c, contact, log
}

// answers writes what somebody of the team says. The program is not told: whoever comes back
// finds it.
func (l *listener) answers(db *store.DB, texts ...string) {
	l.t.Helper()
	c, contact, _ := stored(l.t, db, l.data)
	turn := bot.Turn{Contact: contact}
	for _, text := range texts {
		c.LastSeq++
		turn.Messages = append(turn.Messages, bot.Message{ConversationID: c.ID, Seq: c.LastSeq, From: bot.FromAgent, Text: text, At: time.Now()})
	}
	turn.Conversation = c
	if err := db.Commit(l.t.Context(), turn); err != nil {
		l.t.Fatal(err)
	}
}

var itemNumber = regexp.MustCompile(`(?m)^\s*(\d{1,2}[.)]|[-•–])\s+`)

// letters is what is left of a text when only its letters and digits count.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

// Each message of the bot or the team is read out once and in order, whatever happens to the line
// and the page; the person's own words not twice; and never what was read before.
func TestAScreenReaderHearsEachMessageOnce(t *testing.T) {
	browser := browsertest.Start(t)
	data := t.TempDir()
	addr, _ := start(t, worldSettings(t, data, mailtest.Listen(t)))
	l := &listener{t: t, line: linetest.Listen(t, addr), data: data}
	l.tab = browser.Open("http://"+l.line.Addr()+"/?lang=en", browsertest.Desktop, screenReader)
	l.tab.Click(inShadow(".launch"))
	l.tab.Wait(inShadow(".choices button:enabled"))
	db := l.db()
	var all []utterance
	says := func(what string) {
		t.Helper()
		all = append(all, l.heard()...)
		if !slices.ContainsFunc(all, func(u utterance) bool { return u.From == "status" && strings.Contains(u.Text, what) }) {
			t.Errorf("no status says %q: %v", what, all)
		}
	}
	for i, step := range giveUpWalk {
		switch i {
		case 2:
			l.speaks("fr")
			l.speaks("en")
			l.does(step)
		case 3: // the store is busy, so that the answer takes its time
			file, err := sql.Open("sqlite3", filepath.Join(data, "latchkey.db"))
			if err != nil {
				t.Fatal(err)
			}
			conn, err := file.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
				t.Fatal(err)
			}
			l.begins(step)
			l.tab.Wait(inShadow(".typing i"))
			says("The assistant is writing")
			if _, err := conn.ExecContext(t.Context(), "COMMIT"); err != nil {
				t.Fatal(err)
			}
			file.Close()
			l.tab.Wait(idle)
		case 5: // said while there is no line, and somebody writes meanwhile
			l.line.Refuse(true)
			l.line.Cut()
			l.tab.Wait(`!` + inShadow(".banner") + `.hidden`)
			says("econnect")
			l.begins(step)
			l.tab.Wait(inShadow(".row.pending"))
			l.answers(db, "Somebody of the team here.", "Two lines, one after the other.")
			l.line.Heal()
			l.tab.Wait(idle)
		case 8:
			all = append(all, l.heard()...)
			l.tab.Reload()
			l.tab.Wait(idle)
			if again := l.heard(); len(again) > 0 {
				t.Errorf("after a reload there is read: %v", again)
			}
			l.does(step)
		default:
			l.does(step)
		}
		all = append(all, l.heard()...)
	}
	l.hearsAll(db, all)
	if all := l.tab.Troubles(); len(all) > 0 {
		t.Errorf("the page complains: %s", strings.Join(all, "\n"))
	}
}

// hearsAll compares what was read with what is stored.
func (l *listener) hearsAll(db *store.DB, all []utterance) {
	l.t.Helper()
	_, _, log := stored(l.t, db, l.data)
	var heard, said []int64
	own := map[string]int{}
	for _, u := range all {
		if u.From != "log" {
			continue
		}
		i := slices.IndexFunc(log, func(m bot.Message) bool { return m.Seq == u.Seq })
		switch {
		case i >= 0 && log[i].From != bot.FromContact:
			heard = append(heard, u.Seq)
			if want := letters(itemNumber.ReplaceAllString(log[i].Text, "")); !strings.Contains(letters(u.Text), want) {
				l.t.Errorf("message %d is %q, and what is read is %q", u.Seq, log[i].Text, u.Text)
			}
		case strings.HasPrefix(u.Text, "You :") || strings.HasPrefix(u.Text, "Vous :"):
			own[u.Text]++ // it has no number yet
		default:
			l.t.Errorf("%q is read, and is no message", u.Text)
		}
	}
	times := map[string]int{}
	for _, m := range log {
		if m.From != bot.FromContact {
			said = append(said, m.Seq)
		} else {
			times[letters(m.Text)]++
		}
	}
	if !slices.Equal(heard, said) {
		l.t.Errorf("messages %v are read, of %v", heard, said)
	}
	for text, n := range own {
		_, words, _ := strings.Cut(text, ":")
		if n > times[letters(words)] {
			l.t.Errorf("%q is read %d times, and was said %d times", text, n, times[letters(words)])
		}
	}
}

// Who leafs back in a long conversation is not read all of it; what comes then is.
func TestAScreenReaderHearsNoHistory(t *testing.T) {
	browser := browsertest.Start(t)
	data := t.TempDir()
	addr, _ := start(t, worldSettings(t, data, mailtest.Listen(t)))
	l := &listener{t: t, line: linetest.Listen(t, addr), data: data}
	l.tab = browser.Open("http://"+l.line.Addr()+"/?lang=en", browsertest.Desktop, screenReader)
	l.tab.Click(inShadow(".launch"))
	l.does("[Wrong user or password]")
	db := l.db()
	var many []string
	for n := range 120 {
		many = append(many, fmt.Sprintf("Line %d of a long story.", n+1))
	}
	l.answers(db, many...)
	l.tab.Reload()
	l.tab.Wait(inShadow(".row.agent"))
	l.tab.Wait(inShadow(".log") + `.ariaBusy === "false"`)
	// Leafing back goes by scrolling, as long as there is more.
	l.tab.Wait(`((box, more) => (box.scrollTop = box.scrollTop > 0 ? 0 : 1, more.hidden))(` + inShadow(".scroll") + `, ` + inShadow(".earlier") + `)`)
	if n := browsertest.Eval[int](l.tab, element+`.shadowRoot.querySelectorAll(".row").length`); n != 124 {
		t.Errorf("%d messages are there, not 124", n)
	}
	if all := l.heard(); len(all) > 0 {
		t.Errorf("history is read: %v", all)
	}
	l.tab.Click(inShadow(`.bar [data-move="restart"]`))
	l.tab.Wait(idle)
	var fresh []string
	for _, u := range l.heard() {
		fresh = append(fresh, u.Text)
	}
	if len(fresh) < 3 || !strings.HasPrefix(fresh[0], "You :") || !strings.HasPrefix(fresh[1], "Assistant :") {
		t.Errorf("of what came then is read: %q", fresh)
	}
}
