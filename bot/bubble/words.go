package bubble

import (
	"strings"

	"golang.org/x/text/language"
)

// prefix begins the keys of the bubble's words in flows/bubble.yaml.
const prefix = "bubble_"

// loaderWords are needed before there is a line to the server; they come with latchkey.js,
// in every language.
var loaderWords = []string{"open", "close", "title", "connecting"}

// widgetWords come with the state, in the conversation's language.
var widgetWords = []string{
	"title", "open", "close", "unread", "unread_many", "connecting", "reconnecting", "offline", "outdated",
	"menu", "always", "person_short", "works_short", "language", "sound", "size",
	"log", "earlier", "newer", "you", "bot", "team", "thinking",
	"placeholder", "send", "sending", "sent", "not_sent", "retry",
	"attach", "picture", "picture_large",
	"status_bot", "status_team", "status_closed",
	"choices", "chosen", "new_tab",
	"ticket", "copy", "copied", "resolved",
	"rate", "rate_yes", "rate_no", "rate_more", "rate_thanks",
	"mail_me", "mail_to", "mailed",
}

// serverWords are those of the error frames. "outdated" is the widget's as well.
var serverWords = []string{"slow_down", "too_long", "not_stored", "gone", "outdated"}

// demoWords stand on the demo page.
var demoWords = []string{
	"demo_title", "demo_intro", "demo_line", "demo_client", "demo_professional", "demo_try",
}

// words gives some of the bubble's words by their keys, without the prefix.
func words(core Core, lang string, keys []string) map[string]string {
	all := make(map[string]string, len(keys))
	for _, key := range keys {
		all[key] = core.Word(prefix+key, lang)
	}
	return all
}

// languages are the languages of the bot as the widget wants them.
func (b *Bubble) languages() []languageFrame {
	var all []languageFrame
	for _, l := range b.core.Languages() {
		all = append(all, languageFrame(l))
	}
	return all
}

// language finds the bot's language for one that a page names: "fr-CA" gives "fr". The first
// language stands for what the bot does not speak.
func (b *Bubble) language(tag string) string {
	all := b.core.Languages()
	if len(all) == 0 {
		return ""
	}
	known := make([]language.Tag, len(all))
	for i, l := range all {
		if strings.EqualFold(l.Code, tag) {
			return l.Code
		}
		known[i] = language.Make(l.Code)
	}
	want, err := language.Parse(tag)
	if err != nil {
		return all[0].Code
	}
	_, i, _ := language.NewMatcher(known).Match(want)
	return all[i].Code
}
