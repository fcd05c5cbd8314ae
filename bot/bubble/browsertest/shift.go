package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// The browser itself remembers no more than 150 shifts, so they are added up as they come.
const shifts = `{
	const add = list => {
		for (const { value, hadRecentInput } of list) {
			all += value;
			if (!hadRecentInput) alone += value;
		}
	};
	let alone = 0, all = 0;
	const observer = new PerformanceObserver(list => add(list.getEntries()));
	observer.observe({ type: "layout-shift", buffered: true });
	globalThis.shifts = () => (add(observer.takeRecords()), [alone, all]);
}`

const shiftsWorld = "shifts"

func watchShifts() chromedp.Action[chromedp.Void] {
	return early(page.AddScriptToEvaluateOnNewDocumentParams{Source: shifts, WorldName: shiftsWorld})
}

// Shifts are the layout shifts since the page was loaded, added up: those that came by
// themselves, by which pages are scored, and all, also those within half a second of a click
// or a key. The page must be seen: only what is painted is measured.
func (p *Tab) Shifts() (alone, all float64) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	sums, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) ([]float64, error) {
		there, err := world(ctx, t, shiftsWorld)
		if err != nil {
			return nil, err
		}
		// Two frames: what changed in this one is measured when it is painted.
		return chromedp.Evaluate[[]float64](`new Promise(painted => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => painted(shifts())))))`,
			there, chromedp.EvalAwaitPromise)(ctx, t)
	})
	if err != nil || len(sums) != 2 {
		p.t.Fatalf("layout shifts: %v %v", sums, err)
	}
	return sums[0], sums[1]
}
