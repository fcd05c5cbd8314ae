package flows

// Takes says what kind of fact the step at which somebody stands takes from what they type:
// "email", "name" or "text" (whatever it is, such as a user name or the words of an error); empty
// where it asks for nothing.
func (b *Book) Takes(s Session) string {
	st := b.step(s.At)
	if st == nil {
		return ""
	}
	if fill, ok := st.body.(*fillBody); ok {
		return string(b.facts[fill.fact].kind)
	}
	return ""
}
