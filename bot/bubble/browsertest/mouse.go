package browsertest

import (
	"github.com/chromedp/cdproto/input"
)

// Drag presses the mouse in the middle of the element that an expression gives, moves it by so
// many pixels, in a few steps as a hand does, and lets go.
func (p *Tab) Drag(expression string, x, y float64) {
	p.t.Helper()
	at := p.middle(expression)
	const steps = 4
	p.mouse(input.DispatchMouseEventTypeMouseMoved, at[0], at[1], 0)
	p.mouse(input.DispatchMouseEventTypeMousePressed, at[0], at[1], 1)
	for i := 1.0; i <= steps; i++ {
		p.mouse(input.DispatchMouseEventTypeMouseMoved, at[0]+x*i/steps, at[1]+y*i/steps, 1)
	}
	p.mouse(input.DispatchMouseEventTypeMouseReleased, at[0]+x, at[1]+y, 1)
}

// DoubleClick clicks twice in the middle of the element that an expression gives, as fast as can
// be; wherever the element is by then, the mouse stays.
func (p *Tab) DoubleClick(expression string) {
	p.t.Helper()
	at := p.middle(expression)
	for clicks := int64(1); clicks <= 2; clicks++ {
		p.mouse(input.DispatchMouseEventTypeMousePressed, at[0], at[1], clicks)
		p.mouse(input.DispatchMouseEventTypeMouseReleased, at[0], at[1], clicks)
	}
}

func (p *Tab) middle(expression string) []float64 {
	p.t.Helper()
	p.Wait(expression)
	return Eval[[]float64](p, `(r => [r.left + r.width / 2, r.top + r.height / 2])((`+expression+`).getBoundingClientRect())`)
}

func (p *Tab) mouse(kind input.DispatchMouseEventType, x, y float64, clicks int64) {
	p.t.Helper()
	e := input.DispatchMouseEventParams{Type: kind, X: x, Y: y, ClickCount: clicks}
	if clicks > 0 {
		e.Button, e.Buttons = input.MouseButtonLeft, 1
	}
	if kind == input.DispatchMouseEventTypeMouseReleased {
		e.Buttons = 0
	}
	p.do(command(input.DispatchMouseEvent, e))
}
