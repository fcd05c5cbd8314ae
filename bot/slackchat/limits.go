package slackchat

import "unicode/utf8"

// What Slack takes, in characters where nothing else is said. Everything that is sent is built
// within these numbers, so that no text of a person or of a tree can make Slack refuse it.
const (
	// https://docs.slack.dev/reference/block-kit/blocks
	maxBlocks     = 50
	maxViewBlocks = 100
	// https://docs.slack.dev/reference/block-kit/blocks/header-block
	maxHeader = 150
	// https://docs.slack.dev/reference/block-kit/block-elements/button-element
	maxButton = 75
	// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
	maxOption      = 75
	maxOptionValue = 150
	// https://docs.slack.dev/reference/block-kit/block-elements/radio-button-group-element
	maxRadios = 10
	// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
	maxOptions = 100
	// https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
	maxOverflow = 5
	// https://docs.slack.dev/reference/block-kit/blocks/section-block; a piece of rich text is
	// kept as short though no page says how long it may be.
	maxText = 3000
	// https://docs.slack.dev/reference/methods/chat.postMessage, error msg_blocks_too_long: 13,200
	// over all blocks. The buttons take their share.
	maxAllText = 9000
	// https://docs.slack.dev/reference/methods/chat.update: 4,000, of which an escaped character
	// takes up to five.
	maxNotice = 600
	// https://docs.slack.dev/reference/views
	maxViewTitle = 24
	// https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
	maxInput = 3000
	// https://docs.slack.dev/reference/block-kit/blocks/input-block
	maxLabel = 2000
)

// maxButtons is the most answers that are shown as buttons: more of them are hard to tell apart,
// and stand better one below the other.
const maxButtons = 5

// cut shortens a text to n characters, the last of which is an ellipsis then.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-1]) + "…"
}
