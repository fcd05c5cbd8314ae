package mail

import "slices"

// needed are the words a mail cannot do without.
var needed = []string{
	"mail_queue_support", "mail_queue_hexpert", "mail_role_client", "mail_role_professional",
	"mail_no_name", "mail_news_more", "mail_news_settled", "mail_news_passed",
	"mail_sees", "mail_tried", "mail_tried_nothing", "mail_answer", "mail_known",
	"mail_conversation", "mail_added", "mail_notes", "mail_note_passed", "mail_edited", "mail_withdrawn",
	"mail_name", "mail_email", "mail_unknown", "mail_language", "mail_channel",
	"mail_from_contact", "mail_from_bot", "mail_from_agent",
	"mail_identity", "mail_user", "mail_verified", "mail_unverified", "mail_email_verified",
	"mail_picture", "mail_picture_missing",
	"mail_open", "mail_footer", "mail_footer_no_address",
	"mail_transcript", "mail_transcript_intro", "mail_transcript_ticket",
	"mail_transcript_email", "mail_transcript_here", "mail_transcript_open", "mail_transcript_reply",
	"mail_transcript_contact", "mail_transcript_bot", "mail_transcript_agent", "mail_transcript_footer",
	"mail_unseen", "mail_unseen_intro", "mail_unseen_here", "mail_unseen_words", "mail_unseen_footer",
}

// Keys are the keys under which this package asks for its words. It also asks for
// mail_language_… and mail_channel_… with the code of a language and the name of a channel,
// and says the code or the name where there is no word.
func Keys() []string { return slices.Clone(needed) }

// lacks gives the needed words that are missing: a subject without them would be empty, and
// nobody here would see it.
func lacks(words Words, lang string) []string {
	var out []string
	for _, key := range needed {
		if words(key, lang) == "" && words(key, fallbackLang) == "" {
			out = append(out, key)
		}
	}
	return out
}
