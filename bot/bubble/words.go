package bubble

import (
	"strings"

	"golang.org/x/text/language"
)

// prefix begins the keys of the bubble's words in flows/bubble.yaml.
const prefix = "bubble_"

// loaderWords are those of the button, which is there before the panel; they come with
// latchkey.js, in every language.
var loaderWords = []string{"open", "offline"}

// lineWords are needed before there is a line to the server, by eyes and by screen readers: they
// come with the panel, in the language that the page asks for. A page may be long without a line.
var lineWords = []string{
	"title", "open", "close", "connecting", "offline", "outdated",
	"menu", "sound", "size", "log", "you",
	"placeholder", "send", "secret", "sending", "not_sent", "retry",
	"attach", "picture",
}

// widgetWords come with the state, in the conversation's language.
var widgetWords = []string{
	"title", "open", "close", "unread", "unread_many", "connecting", "reconnecting", "offline", "outdated",
	"menu", "always", "person_short", "works_short", "language", "sound", "size",
	"log", "earlier", "newer", "you", "bot", "team", "edited", "withdrawn", "thinking",
	"placeholder", "send", "secret", "too_long", "sending", "sent", "not_sent", "retry",
	"attach", "picture", "picture_large", "picture_failed", "picture_lost",
	"status_bot", "status_team", "status_closed",
	"choices", "chosen", "new_tab",
	"ticket", "copy", "copied", "resolved",
	"rate", "rate_yes", "rate_no", "rate_more", "rate_thanks",
	"mail_me", "mail_to", "mailed",
}

// serverWords are those of the error frames. Two of them are the widget's as well.
var serverWords = []string{"slow_down", "too_long", "empty", "not_stored", "gone", "outdated"}

// chatWords stand on the chat's own page until the panel is there.
var chatWords = []string{"connecting", "retry", "no_script"}

// demoWords stand on the demo page.
var demoWords = []string{
	"demo_title", "demo_intro", "demo_client", "demo_professional", "demo_try", "demo_contents",
	"demo_copy", "demo_copied", "demo_not_copied",
	"demo_put", "demo_put_sites", "demo_put_element", "demo_put_policy",
	"demo_settings", "demo_settings_text", "demo_lang", "demo_audience", "demo_accent", "demo_blue", "demo_green", "demo_plum", "demo_yellow", "demo_black",
	"demo_position", "demo_right", "demo_left", "demo_theme", "demo_auto", "demo_light", "demo_dark", "demo_sound", "demo_sound_text",
	"demo_afresh", "demo_afresh_text", "demo_afreshed",
	"demo_told", "demo_told_text", "demo_told_log", "demo_told_none", "demo_told_methods",
	"demo_identity", "demo_identity_text", "demo_identity_secret", "demo_identity_hosts",
	"demo_app", "demo_app_text", "demo_app_view", "demo_app_frame",
	"demo_looks", "demo_looks_text",
	"demo_code_line", "demo_code_sites", "demo_code_element", "demo_code_module", "demo_code_policy", "demo_code_chosen", "demo_code_listen",
	"demo_code_methods", "demo_code_signed", "demo_code_secret", "demo_code_address", "demo_code_frame", "demo_code_looks",
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
