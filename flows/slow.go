package flows

import "context"

// Slow is a [Reader] that for some texts asks somebody else, such as a model, and so takes longer
// than what was typed should wait to be stored.
type Slow interface {
	Reader
	// Quick reads without asking anybody. more says that Read may find more in the text: then the
	// text is stored first, and Read called after.
	Quick(ctx context.Context, text, lang string, legal []Option) (r Reading, more bool, err error)
}
