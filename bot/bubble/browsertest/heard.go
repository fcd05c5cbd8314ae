package browsertest

import (
	"slices"
	"strings"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// heard is what a page did and what was said about it, in order.
type heard struct {
	troubles, violations, failures, requests []string
}

// hear keeps it. The browser speaks of broken policies and failed loads in its own log, not on
// the page's console.
func (p *Tab) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.heard.troubles = append(p.heard.troubles, text)
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError {
			return
		}
		var text string
		for _, arg := range e.Args {
			text += arg.Description + string(arg.Value) + " "
		}
		p.heard.troubles = append(p.heard.troubles, text)
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError {
			return
		}
		text := e.Entry.Text
		if e.Entry.URL != "" {
			text += " (" + e.Entry.URL + ")"
		}
		if e.Entry.Source == log.EntrySourceSecurity {
			p.heard.troubles = append(p.heard.troubles, text)
			p.heard.violations = append(p.heard.violations, text)
			return
		}
		p.heard.failures = append(p.heard.failures, text)
	case *network.EventRequestWillBeSent:
		// These two stay in the page.
		if !strings.HasPrefix(e.Request.URL, "data:") && !strings.HasPrefix(e.Request.URL, "blob:") {
			p.heard.requests = append(p.heard.requests, e.Request.URL)
		}
	case *network.EventWebSocketCreated:
		p.heard.requests = append(p.heard.requests, e.URL)
	}
}

// Troubles are what a page must never have, so far: exceptions, errors on the console, and
// what its content policy or Trusted Types forbid.
func (p *Tab) Troubles() []string { return p.kept(func(h *heard) []string { return h.troubles }) }

// Violations are those of the [Tab.Troubles] that the content policy or Trusted Types forbid.
func (p *Tab) Violations() []string { return p.kept(func(h *heard) []string { return h.violations }) }

// Failures are the other errors in the browser's log: answers of 400 and more, connections
// that failed. A bad network is no fault of the page, so they are no [Tab.Troubles].
func (p *Tab) Failures() []string { return p.kept(func(h *heard) []string { return h.failures }) }

// Requests are the addresses of all that the page and its frames asked for, sockets among
// them, from the page's own on; also what its policy then forbade. A redirect is one more.
func (p *Tab) Requests() []string { return p.kept(func(h *heard) []string { return h.requests }) }

func (p *Tab) kept(which func(*heard) []string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(which(&p.heard))
}
