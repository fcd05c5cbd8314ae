package browsertest

import (
	"context"
	"encoding/base64"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var namedKeys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

var modifiers = map[string]struct {
	key  string
	flag chromedp.Modifier
}{
	"Shift": {kb.Shift, chromedp.ModifierShift}, "Control": {kb.Control, chromedp.ModifierCtrl},
	"Alt": {kb.Alt, chromedp.ModifierAlt}, "Meta": {kb.Meta, chromedp.ModifierMeta},
}

// Press presses one key, with others held meanwhile: "Escape", "ArrowUp", "Shift+Tab",
// "Control+a". The page hears of those, too, as it does from a keyboard.
func (p *Tab) Press(key string) {
	p.t.Helper()
	held, last := []string(nil), key
	for {
		name, rest, more := strings.Cut(last, "+")
		if _, ok := modifiers[name]; !more || !ok {
			break
		}
		held, last = append(held, name), rest
	}
	if named, ok := namedKeys[last]; ok {
		last = named
	}
	if utf8.RuneCountInString(last) != 1 {
		p.t.Fatalf("no key %q", key)
	}
	var events, after []input.DispatchKeyEventParams
	var flags int64
	for _, name := range held {
		m := modifiers[name]
		ends := encode(m.key) // it goes down, it comes up
		ends[1].Modifiers = flags
		flags |= int64(m.flag)
		ends[0].Modifiers = flags
		events, after = append(events, ends[0]), append([]input.DispatchKeyEventParams{ends[1]}, after...)
	}
	for _, e := range encode(last) {
		// Of what is held, only Shift lets a key write.
		if e.Modifiers |= flags; e.Type != kb.KeyChar || flags&^int64(chromedp.ModifierShift) == 0 {
			events = append(events, e)
		}
	}
	for _, e := range append(events, after...) {
		p.do(command(input.DispatchKeyEvent, e))
	}
}

func encode(key string) []input.DispatchKeyEventParams {
	var events []input.DispatchKeyEventParams
	for _, r := range key {
		for _, e := range kb.Encode(r) {
			events = append(events, *e)
		}
	}
	return events
}

// Files chooses files in the file field that an expression gives, as a person does in the
// dialog. They are replaced each time.
func (p *Tab) Files(expression string, paths ...string) {
	p.t.Helper()
	files := []string{}
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			p.t.Fatal(err)
		}
		files = append(files, abs)
	}
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		field, err := chromedp.Evaluate[*runtime.RemoteObject](expression)(ctx, t)
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, t, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: files, ObjectID: field.ObjectID})
		return err
	}))
}

// Paste pastes a picture, named as browsers name it, into whatever has the focus.
func (p *Tab) Paste(png []byte) {
	p.t.Helper()
	Eval[bool](p, `(() => {
		let at = document.activeElement ?? document.body;
		while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
		const bytes = Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(png)+`"), c => c.charCodeAt(0));
		const clipboardData = new DataTransfer();
		clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
		at.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true }));
		return true;
	})()`)
}
