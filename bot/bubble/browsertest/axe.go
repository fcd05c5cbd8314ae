package browsertest

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/chromedp/chromedp"
)

// AxeOptions say what axe looks at. Without any it is the whole page, by every rule.
type AxeOptions struct {
	// In is the way to one part of the page: a selector, and in the shadow root of what it
	// finds the next one: {"latchkey-bubble", ".panel"}.
	In []string
	// Except are the ids of rules that are left out.
	Except []string
	// Unsure also gives what axe could not decide, such as a contrast over a picture.
	Unsure bool
}

// Finding is one element that breaks one rule.
type Finding struct {
	ID     string // of the rule
	Impact string // minor, moderate, serious, critical
	Target string // selectors, with " >>> " where one goes into a shadow root
	HTML   string
	Help   string
	Why    string
	Unsure bool
}

func (f Finding) String() string {
	if f.Unsure {
		f.Impact = "unsure, " + f.Impact
	}
	text := f.ID + " (" + f.Impact + "): " + f.Help + "\n  at " + f.Target + "\n  " + f.HTML
	return text + "\n  " + strings.ReplaceAll(strings.TrimSpace(f.Why), "\n", "\n  ")
}

// The tags of the rules for WCAG 2.0 to 2.2 at A and AA, and of what is good practice beside them.
var axeTags = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"}

const axeRun = `(async ({ only, path, except, unsure }) => {
	const context = path.length > 1 ? { include: [{ fromShadowDom: path }] } : path.length ? { include: path } : document;
	const result = await axe.run(context, {
		runOnly: { type: "tag", values: only },
		rules: Object.fromEntries(except.map(id => [id, { enabled: false }])),
		resultTypes: ["violations", "incomplete"],
		iframes: false, // they belong to others
		preload: false, // it would load style sheets again, and the page's policy may forbid it
		restoreScroll: true,
	});
	const flat = (rules, Unsure) => rules.flatMap(rule => rule.nodes.map(node => ({
		ID: rule.id, Impact: node.impact ?? rule.impact ?? "", Help: rule.help, HTML: node.html,
		Target: node.target.map(t => [t].flat().join(" >>> ")).join(" | "), Why: node.failureSummary ?? "", Unsure,
	})));
	return [...flat(result.violations, false), ...(unsure ? flat(result.incomplete, true) : [])];
})`

// Axe looks for what stands in the way of people with disabilities, as far as a program can see
// it. It works in a world of its own: the page's scripts do not see it, nor does the page's
// content policy bind it.
func (p *Tab) Axe(o AxeOptions) []Finding {
	p.t.Helper()
	NeedNPM(p.t)
	source, err := os.ReadFile(npm(p.t, "axe-core/axe.min.js"))
	if err != nil {
		p.t.Fatal(err)
	}
	how, err := json.Marshal(map[string]any{
		"only": axeTags, "path": append([]string{}, o.In...), "except": append([]string{}, o.Except...), "unsure": o.Unsure})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	found, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) ([]Finding, error) {
		there, err := world(ctx, t, "axe")
		if err != nil {
			return nil, err
		}
		// It is half a megabyte, and stays until the page is loaded again.
		if has, err := chromedp.Evaluate[bool](`"axe" in globalThis`, there)(ctx, t); err != nil {
			return nil, err
		} else if !has {
			if _, err := chromedp.Evaluate[chromedp.Void](string(source), there)(ctx, t); err != nil {
				return nil, err
			}
		}
		return chromedp.Evaluate[[]Finding](axeRun+"("+string(how)+")", there, chromedp.EvalAwaitPromise)(ctx, t)
	})
	if err != nil {
		p.t.Fatalf("axe in %q: %v", o.In, err)
	}
	return found
}
