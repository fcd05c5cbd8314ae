package bubble

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed demo/chat.html
var chatText string

var chatPage = template.Must(template.New("chat").Option("missingkey=error").Parse(chatText))

// chat is the chat alone, for a web view of an app or a frame on a page:
// /chat?lang=fr&audience=professional.
func (b *Bubble) chat(w http.ResponseWriter, r *http.Request) {
	lang, audience := b.asked(r)
	b.page(w, chatPage, map[string]any{
		"Lang": lang, "Audience": audience, "Version": b.files.version,
		"Title": b.core.Word(prefix+"title", lang), "Say": words(b.core, lang, chatWords),
	})
}
