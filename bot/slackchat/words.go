package slackchat

// prefix begins the keys of this channel's words in flows/slack.yaml.
const prefix = "slack_"

// needed are the words that this channel says itself.
var needed = []string{
	"team", "choose", "edited", "withdrawn", "went_private", "private", "answer_privately", "answer_label", "answer_hint",
	"send", "cancel", "moved", "no_picture", "again", "not_yours", "looking", "prompts",
	"prompt_1", "prompt_2", "prompt_3", "home_title", "home_intro", "home_help", "home_mine", "home_none",
	"home_answers", "open", "closed", "details_title", "details_button", "details_about", "details_known",
	"details_client_name", "details_client_email", "details_company", "details_exact_error",
	"queue_support", "queue_hexpert", "client", "professional", "who", "no_name", "answer_in",
	"wrote_from", "verified", "unverified", "sees", "tried", "tried_nothing", "waiting", "answered",
	"free", "taken", "resolved", "settled", "passed_to", "stays", "no_channel", "take", "release", "reply", "note", "resolve",
	"pass_support", "pass_hexpert", "edit", "withdraw", "reply_title", "reply_label", "edit_title",
	"note_title", "note_label", "pass_title", "resolve_title", "reason_label", "how", "contact", "bot",
	"noted", "sent", "fate_waiting", "fate_delivered", "fate_seen", "fate_mailed", "fate_failed",
	"fate_withdrawn", "is_released", "reason", "picture_missing", "taken_already", "closed_already",
	"redacted", "edit_keeps", "files_stay", "nothing", "gone", "outsider",
}

// Keys are the keys under which this package asks for its words. It also asks for slack_channel_…
// with the name of a channel and slack_lang_… with the code of a language, and says the name or the
// code where there is no word.
func Keys() []string {
	keys := make([]string, len(needed))
	for i, k := range needed {
		keys[i] = prefix + k
	}
	return keys
}

// tongue says words in one language.
type tongue struct {
	lang string
	word func(key, lang string) string
}

func (t tongue) w(key string) string { return t.word(prefix+key, t.lang) }

// of picks a text by language; the first there is when the language is missing.
func (t tongue) of(texts map[string]string) string {
	if text, ok := texts[t.lang]; ok {
		return text
	}
	for _, lang := range []string{"en", "fr"} {
		if text, ok := texts[lang]; ok {
			return text
		}
	}
	return ""
}
