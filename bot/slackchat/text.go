package slackchat

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// marks are what the trees' texts may hold: [words](https://…), an address, a mailbox,
// **strong**, *stressed*. The chat bubble reads the same.
var marks = regexp.MustCompile(`(?i)\[([^\][]+)\]\((https?://[^\s()]+)\)` +
	`|https?://[^\s<>"«»“”]+` +
	`|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+` +
	`|\*\*([^\s*](?:[^*]*[^\s*])?)\*\*` +
	`|\*([^\s*](?:[^*]*[^\s*])?)\*`)

var (
	bullet  = regexp.MustCompile(`^\s*[•–-] +(.+)$`)
	ordered = regexp.MustCompile(`^\s*(\d{1,3})[.)] +(.+)$`)
)

var (
	bold   = &slack.RichTextSectionTextStyle{Bold: true}
	italic = &slack.RichTextSectionTextStyle{Italic: true}
)

// ours turns a text of the trees into rich text: paragraphs, lists, links.
func ours(text string) []slack.RichTextElement {
	var out []slack.RichTextElement
	var lines []string
	flush := func() {
		if joined := strings.Trim(strings.Join(lines, "\n"), "\n"); joined != "" {
			out = append(out, section(inline(joined)...))
		}
		lines = nil
	}
	var items *slack.RichTextList
	item := func(style slack.RichTextListElementType, offset int, text string) {
		flush()
		if items == nil || items.Style != style {
			items = slack.NewRichTextList(style, 0)
			items.Offset = offset
			out = append(out, items)
		}
		items.Elements = append(items.Elements, section(inline(text)...))
	}
	for line := range strings.SplitSeq(text, "\n") {
		if m := bullet.FindStringSubmatch(line); m != nil {
			item(slack.RTEListBullet, 0, m[1])
		} else if m := ordered.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1]) // three digits at most
			item(slack.RTEListOrdered, max(n-1, 0), m[2])
		} else {
			items = nil
			lines = append(lines, line)
		}
	}
	flush()
	return out
}

// inline reads the marks within a paragraph.
func inline(text string) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for text != "" {
		m := marks.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		whole := text[m[0]:m[1]]
		var e slack.RichTextSectionElement
		switch {
		case m[2] >= 0:
			e = link(text[m[4]:m[5]], text[m[2]:m[3]])
		case m[6] >= 0:
			e = words(text[m[6]:m[7]], bold)
		case m[8] >= 0:
			e = words(text[m[8]:m[9]], italic)
		case strings.HasPrefix(strings.ToLower(whole), "http"):
			// The end of a sentence is no part of the address.
			whole = strings.TrimRight(whole, ".,;:!?)'’")
			m[1] = m[0] + len(whole)
			e = link(whole, "")
		default:
			e = link("mailto:"+whole, whole)
		}
		if e == nil { // no address after all
			e = words(whole, nil)
		}
		if m[0] > 0 {
			out = append(out, words(text[:m[0]], nil))
		}
		out = append(out, e)
		text = text[m[1]:]
	}
	if text != "" {
		out = append(out, words(text, nil))
	}
	return out
}

func link(address, text string) slack.RichTextSectionElement {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "mailto" && u.Host == "" || len(address) > maxText {
		return nil
	}
	return slack.NewRichTextSectionLinkElement(address, text, nil)
}

// theirs turns words of a person into rich text that is nothing but words: whatever they wrote,
// it pings nobody and leads nowhere.
func theirs(text string) []slack.RichTextElement {
	var out []slack.RichTextElement
	for _, part := range split(text, maxText) {
		out = append(out, section(words(part, nil)))
	}
	return out
}

// bare are the addresses in what somebody of the team writes.
var bare = regexp.MustCompile(`(?i)https?://[^\s<>"«»“”]+|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+`)

// agents turns words of the team into rich text: nothing but words, and addresses that lead where
// they say.
func agents(text string) []slack.RichTextElement {
	var out []slack.RichTextElement
	for _, part := range split(text, maxText/2) { // an address counts twice
		var line []slack.RichTextSectionElement
		for part != "" {
			m := bare.FindStringIndex(part)
			if m == nil {
				break
			}
			found := inline(part[m[0]:m[1]])
			if m[0] > 0 {
				line = append(line, words(part[:m[0]], nil))
			}
			line, part = append(line, found...), part[m[1]:]
		}
		if part != "" {
			line = append(line, words(part, nil))
		}
		out = append(out, section(line...))
	}
	return out
}

func words(text string, style *slack.RichTextSectionTextStyle) slack.RichTextSectionElement {
	return slack.NewRichTextSectionTextElement(text, style)
}

func section(elements ...slack.RichTextSectionElement) *slack.RichTextSection {
	return slack.NewRichTextSection(elements...)
}

// split cuts a text into parts of at most n characters, at the ends of lines or words where it can.
func split(text string, n int) []string {
	var parts []string
	for text = strings.TrimSpace(text); utf8.RuneCountInString(text) > n; text = strings.TrimSpace(text) {
		end := len(string([]rune(text)[:n]))
		for _, at := range []string{"\n", " "} {
			if i := strings.LastIndex(text[:end], at); i > end/2 {
				end = i
				break
			}
		}
		parts = append(parts, text[:end])
		text = text[end:]
	}
	if text != "" {
		parts = append(parts, text)
	}
	return parts
}

// size counts the characters of rich text.
func size(elements ...slack.RichTextElement) int {
	n := 0
	for _, e := range elements {
		switch e := e.(type) {
		case *slack.RichTextSection:
			for _, s := range e.Elements {
				switch s := s.(type) {
				case *slack.RichTextSectionTextElement:
					n += utf8.RuneCountInString(s.Text)
				case *slack.RichTextSectionLinkElement:
					n += utf8.RuneCountInString(s.Text) + utf8.RuneCountInString(s.URL)
				}
			}
		case *slack.RichTextList:
			n += size(e.Elements...)
		case *slack.RichTextQuote:
			n += size(section(e.Elements...))
		}
	}
	return n
}

// rich puts elements into as few blocks of rich text as their sizes allow.
func rich(elements ...slack.RichTextElement) []slack.Block {
	var out []slack.Block
	var now *slack.RichTextBlock
	full := 0
	for _, e := range elements {
		n := size(e)
		if now == nil || full+n > maxText {
			now, full = slack.NewRichTextBlock(""), 0
			out = append(out, now)
		}
		now.Elements = append(now.Elements, e)
		full += n
	}
	return out
}

// escaper makes text that Slack shows as it was written, with nothing in it that pings or links:
// https://docs.slack.dev/messaging/formatting-message-text
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// notice is the text of a notification: what a phone or a screen reader shows of a message.
func notice(text string) string {
	return escaper.Replace(cut(strings.TrimSpace(text), maxNotice))
}

// unescape undoes what Slack does to what people write.
func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// control is a thing that Slack writes in place of what people typed: a link, a mention.
var control = regexp.MustCompile(`<([^<>]+)>`)

// mention is a person whom Slack names in place of what people typed, with the space after.
var mention = regexp.MustCompile(`<@[^<>]+>\s?`)

// named are the people and channels that a message names before all else.
var named = regexp.MustCompile(`^\s*(?:<[@!#][^<>]+>\s*)+`)

// typed gives back what a person typed: smileys as signs, addresses without their brackets, no mention
// of anybody.
func typed(text string) string {
	text = control.ReplaceAllStringFunc(emojis(text), func(s string) string {
		inner := s[1 : len(s)-1]
		address, label, labelled := strings.Cut(inner, "|")
		switch {
		case strings.HasPrefix(inner, "@"):
			return ""
		case strings.HasPrefix(inner, "#"), strings.HasPrefix(inner, "!"):
			if labelled {
				return label
			}
			return ""
		case labelled:
			if strings.HasPrefix(address, "mailto:") || strings.HasPrefix(address, "tel:") || strings.HasSuffix(address, label) {
				return label
			}
			return label + " (" + address + ")"
		}
		return strings.TrimPrefix(address, "mailto:")
	})
	return strings.TrimSpace(unescape(text))
}
