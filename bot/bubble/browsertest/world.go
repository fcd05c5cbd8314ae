package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// world makes evaluations happen beside the page: they see its elements, and its scripts do
// not see them. The same name is the same world until the page is loaded again.
func world(ctx context.Context, t *chromedp.Target, name string) (chromedp.EvaluateOption, error) {
	tree, err := cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return nil, err
	}
	made, err := cdp.Call(ctx, t, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
		FrameID: tree.FrameTree.Frame.ID, WorldName: name})
	return func(e *runtime.EvaluateParams) { e.ContextID = made.ExecutionContextID }, err
}
