// Package browsertest starts a browser for tests of what people see.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Require is the environment variable that turns a missing browser from a reason to skip
// into a failure.
const Require = "LATCHKEY_REQUIRE_BROWSER"

// Browser is a running browser, which ends with its test.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// Start starts Chromium, or skips the test when there is none.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		if os.Getenv(Require) == "1" {
			t.Fatalf("no chromium, chromium-browser or google-chrome in PATH, and %s is set", Require)
		}
		t.Skip("no chromium, chromium-browser or google-chrome in PATH")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.WindowSize(1280, 800),
	)
	if os.Geteuid() == 0 { // the sandbox refuses root
		opts = append(opts, chromedp.NoSandbox)
	}
	// The first call's context is the browser's life: a deadline on it would end the browser.
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		stop()
		stopAlloc()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &Browser{t: t, ctx: ctx}
}

func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Screen is what a page is looked at on.
type Screen struct {
	Width, Height int64
	// Scale is device pixels for one of the page; 0 for 1.
	Scale float64
	// Phone has a touch screen and a mobile layout.
	Phone bool
	// Dark is the preferred colour scheme; Still asks for reduced motion, Contrast for more of
	// it; Forced has the system's few colours instead of the page's.
	Dark, Still, Contrast, Forced bool
}

// Usual screens.
var (
	Desktop = Screen{Width: 1280, Height: 800, Scale: 1, Still: true}
	Phone   = Screen{Width: 390, Height: 844, Scale: 2, Phone: true, Still: true}
)

// Open opens an address in a new tab. Tabs of one browser share what is stored. The scripts
// run in every document of the tab before any of its own; its content policy does not bind them.
func (b *Browser) Open(url string, screen Screen, before ...string) *Tab {
	b.t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx)
	b.t.Cleanup(stop)
	tab := &Tab{t: b.t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, tab.hear); err != nil {
		b.t.Fatalf("listen to a tab: %v", err)
	}
	tab.Look(screen)
	tab.do(watchShifts())
	for _, script := range before {
		tab.do(early(page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
	}
	tab.do(chromedp.Navigate(url))
	return tab
}

func early(script page.AddScriptToEvaluateOnNewDocumentParams) chromedp.Action[chromedp.Void] {
	return command(page.AddScriptToEvaluateOnNewDocument, script)
}

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}
