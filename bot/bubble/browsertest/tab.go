package browsertest

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// within is how long a page may take for anything: generous, because tests share the machine.
const within = 30 * time.Second

// Tab is a page that is open. Its methods end the test when they fail.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu    sync.Mutex
	heard heard
}

// Wait waits until an expression is true in the page.
func (p *Tab) Wait(expression string) {
	p.t.Helper()
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		if Eval[bool](p, "Boolean("+expression+")") {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("never true: %s\nthe page complains: %q", expression, p.Troubles())
		}
	}
}

// Click clicks in the middle of the element that an expression gives, once it is there and
// nothing covers it. The element is looked up in the page itself: a node that the protocol
// remembers from before a reload is never found again.
func (p *Tab) Click(expression string) {
	p.t.Helper()
	spot := `(() => {
		const e = ` + expression + `;
		if (!e) return [];
		e.scrollIntoView({ block: "nearest", behavior: "instant" });
		const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		const hit = e.getRootNode().elementFromPoint(x, y);
		if (!r.width || !hit || !(e.contains(hit) || hit.contains(e))) return [];
		window.wasClicked = false;
		e.addEventListener("click", () => { window.wasClicked = true; }, { once: true, capture: true });
		return [x, y];
	})()`
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		// What still moves is not clicked: the finger would come down on its neighbour.
		before := Eval[[]float64](p, spot)
		time.Sleep(60 * time.Millisecond)
		if at := Eval[[]float64](p, spot); len(at) == 2 && slices.Equal(at, before) {
			p.do(chromedp.MouseClickXY(at[0], at[1]))
			// The page may have moved under the finger; then a person tries again, too. After a
			// click that leads to another page there is nobody left to ask.
			if Eval[bool](p, `window.wasClicked !== false`) {
				return
			}
		}
		if time.Now().After(end) {
			p.t.Fatalf("never to be clicked: %s\nthe page complains: %q", expression, p.Troubles())
		}
	}
}

// Keys types into whatever has the focus.
func (p *Tab) Keys(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// Reload loads the page again.
func (p *Tab) Reload() {
	p.t.Helper()
	p.do(chromedp.Reload())
}

// Shot keeps a picture of what is seen, as a PNG file.
func (p *Tab) Shot(file string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	data, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(file, data, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// Eval gives the value of an expression in the page.
func Eval[T any](p *Tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func (p *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}
