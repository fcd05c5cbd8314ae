package flows

// Variable gives the words that stand for a variable in a language: what is configured, or what
// the files say instead. A name that no file declares gives "".
func (b *Book) Variable(name, lang string) string {
	if _, ok := b.variables[name]; !ok {
		return ""
	}
	if !b.HasLanguage(lang) {
		lang = b.languages[0].Code
	}
	return b.value(State{}, lang, nil)(name)
}
