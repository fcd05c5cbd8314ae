package browsertest

import (
	"context"
	"strconv"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Look looks at the page on another screen, without loading it again.
func (p *Tab) Look(screen Screen) {
	p.t.Helper()
	either := func(yes bool, name, then, otherwise string) *emulation.MediaFeature {
		if !yes {
			then = otherwise
		}
		return &emulation.MediaFeature{Name: name, Value: then}
	}
	p.do(
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: screen.Width, Height: screen.Height, DeviceScaleFactor: max(screen.Scale, 1), Mobile: screen.Phone}),
		command(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: screen.Phone}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			either(screen.Dark, "prefers-color-scheme", "dark", "light"),
			either(screen.Still, "prefers-reduced-motion", "reduce", "no-preference"),
			either(screen.Contrast, "prefers-contrast", "more", "no-preference"),
			either(screen.Forced, "forced-colors", "active", "none"),
		}}),
	)
}

// Offline takes the page's network away, or gives it back. The page is told. What it asks for
// fails at once; a socket that is open stays open and silent, and speaks on afterwards.
func (p *Tab) Offline(offline bool) {
	p.t.Helper()
	// The first changes only what the page is told, the second only what happens.
	state := network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	rules := []*network.Conditions{}
	if offline {
		rules = append(rules, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	p.do(
		command(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules}),
		command(network.OverrideNetworkState, state),
	)
	p.Wait("navigator.onLine === " + strconv.FormatBool(!offline))
}

// Slow makes the page's scripts so many times slower; 1 ends it.
func (p *Tab) Slow(times float64) {
	p.t.Helper()
	p.do(command(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: times}))
}

// Hide puts the page out of sight, as a minimised window is: hidden and without the focus.
// Nothing can be clicked and no picture taken until it is back.
func (p *Tab) Hide(hidden bool) {
	p.t.Helper()
	state, want := browser.WindowStateNormal, "visible"
	if hidden {
		state, want = browser.WindowStateMinimized, "hidden"
	}
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		window, err := cdp.Call(ctx, t, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, t, browser.SetWindowBounds, browser.SetWindowBoundsParams{
			WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state}})
		return err
	}))
	p.Wait(`document.visibilityState === "` + want + `" && document.hasFocus() === ` + strconv.FormatBool(!hidden))
}

// Freeze stops the page's timers and what it waits for, as a phone does with a page that was
// left; it is hidden meanwhile. Thawed, it is seen again.
func (p *Tab) Freeze(frozen bool) {
	p.t.Helper()
	if frozen {
		p.do(command(page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateFrozen}))
		p.Wait(`document.visibilityState === "hidden"`)
		return
	}
	p.do(command(page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateActive}))
	// It stays hidden until its window is shown, which needs one that is not.
	p.Hide(true)
	p.Hide(false)
}
