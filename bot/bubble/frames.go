package bubble

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"latchkey/bot"
	"latchkey/flows"
)

// protocol is the version of the frames, the "v" of a hello.
const protocol = 1

// What the server closes a socket with, besides gorilla's own 1009.
const (
	closeNotText    = 1003
	closeRestart    = 1012
	closeTryLater   = 1013
	closeMalformed  = 4400
	closeToken      = 4401
	closeSlow       = 4408
	closeUnheeding  = 4429
	longestLabel    = 300
	shortestID      = 8
	longestID       = 64
	longestLanguage = 35 // the longest language tag that software must accept (RFC 5646, 4.4.1)
	longestName     = 200
	longestComment  = 1000
)

// refusal is why a socket is closed.
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.text) }

func malformed(text string) error { return &refusal{closeMalformed, text} }

// inFrame is any frame from the widget.
type inFrame struct {
	Type     string `json:"type"`
	V        int    `json:"v"`
	Token    string `json:"token"`
	After    int64  `json:"after"`
	Lang     string `json:"lang"`
	Audience string `json:"audience"`
	ID       string `json:"id"`
	Text     string `json:"text"`
	Move     string `json:"move"`
	Seq      int64  `json:"seq"`
	Label    string `json:"label"`
	Identity string `json:"identity"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Before   int64  `json:"before"`
	Helpful  *bool  `json:"helpful"` // nil: not said
}

// parse reads a frame and checks all that does not depend on the conversation.
func parse(data []byte) (inFrame, error) {
	var f inFrame
	if err := json.Unmarshal(data, &f); err != nil {
		return f, malformed("not a frame")
	}
	switch f.Type {
	case "hello":
		if f.V != protocol {
			return f, malformed("version " + strconv.Itoa(f.V) + " is not spoken here")
		}
		if f.After < 0 {
			return f, malformed("hello: after is out of range")
		}
		// What a page says too much of must not cost its people the chat.
		f.Lang = cutTag(f.Lang)
		f.Name, f.Email = cut(oneLine(f.Name), longestName), oneLine(f.Email)
		if longer(f.Email, longestName) { // half an address is somebody else's
			f.Email = ""
		}
	case "message":
		f.Text = clean(f.Text)
		if !named(f.ID) {
			return f, malformed("message: wants id")
		}
	case "press":
		f.Label = oneLine(f.Label)
		if !named(f.ID) || f.Label == "" || len(f.Label) > longestLabel || f.Seq < 0 {
			return f, malformed("press: wants id, move, seq and label")
		}
		if !pressable(flows.ParseMove(f.Move)) {
			return f, malformed("press: not a move of a button")
		}
	case "older":
		if f.Before < 1 {
			return f, malformed("older: wants before")
		}
	case "seen":
		if f.Seq < 1 {
			return f, malformed("seen: wants seq")
		}
	case "rate":
		f.Text = clean(f.Text)
		if !named(f.ID) || f.Helpful == nil {
			return f, malformed("rate: wants id and helpful")
		}
	case "transcript":
		f.Email = oneLine(f.Email)
		if !named(f.ID) || f.Email == "" {
			return f, malformed("transcript: wants id and email")
		}
	case "ping":
	default:
		return f, malformed("unknown type of frame")
	}
	return f, nil
}

// pressable tells the moves that have buttons. The passing of time is not for a widget to
// claim, and what is filled in comes as text.
func pressable(m flows.Move) bool {
	switch m.Kind {
	case flows.Choose, flows.Jump, flows.Language:
		return m.ID != ""
	case flows.Back, flows.Restart, flows.Wait:
		return true
	case flows.Helped:
		return m.ID == flows.HelpedYes || m.ID == flows.HelpedNo
	}
	return false
}

// named says whether an id has the agreed form.
func named(id string) bool {
	if len(id) < shortestID || len(id) > longestID {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	}) < 0
}

// clean drops what no keyboard writes: PostgreSQL refuses a zero byte in a text, and other
// control characters have tricked terminals that show logs.
func clean(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// oneLine is clean for what is one line.
func oneLine(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

// cut shortens a line to so many characters, counted as [longer] does.
func cut(text string, most int) string {
	if !longer(text, most) {
		return text
	}
	for i, r := range text {
		if most--; r > 0xFFFF {
			most--
		}
		if most < 0 {
			text = text[:i]
			break
		}
	}
	return strings.TrimSpace(text)
}

// cutTag shortens a language tag from its end, part by part, as RFC 4647 (3.4) looks one up: a part
// of one letter only introduces the next.
func cutTag(tag string) string {
	for len(tag) > longestLanguage {
		i := strings.LastIndexByte(tag, '-')
		if i < 0 {
			return ""
		}
		if tag = tag[:i]; i > 1 && tag[i-2] == '-' {
			tag = tag[:i-2]
		}
	}
	return tag
}

type helloFrame struct {
	Type      string          `json:"type"`
	After     int64           `json:"after"`
	First     int64           `json:"first"`
	Last      int64           `json:"last"`
	Stored    bool            `json:"stored"`
	Languages []languageFrame `json:"languages"`
	Longest   int             `json:"longest"`
}

type languageFrame struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type stateFrame struct {
	Type   string            `json:"type"`
	Lang   string            `json:"lang"`
	Status bot.Status        `json:"status"`
	Always []flows.Choice    `json:"always"`
	Mails  bool              `json:"mails,omitempty"`
	Rating *ratingFrame      `json:"rating,omitempty"`
	Words  map[string]string `json:"words,omitempty"`
}

// ratingFrame is the contact's own rating. What they wrote with it stays with the team.
type ratingFrame struct {
	Seq     int64 `json:"seq"`
	Helpful bool  `json:"helpful"`
}

type messageFrame struct {
	Type    string         `json:"type"`
	Seq     int64          `json:"seq"`
	From    bot.From       `json:"from"`
	Name    string         `json:"name,omitempty"`
	ID      string         `json:"id,omitempty"`
	Text    string         `json:"text"`
	Choices []flows.Choice `json:"choices,omitempty"`
	Move    string         `json:"move,omitempty"`
	Event   string         `json:"event,omitempty"`
	Ticket  string         `json:"ticket,omitempty"`
	Picture *pictureFrame  `json:"picture,omitempty"`
	At      int64          `json:"at,omitempty"`

	Edited    bool `json:"edited,omitempty"`
	Withdrawn bool `json:"withdrawn,omitempty"`
}

type pictureFrame struct {
	Src    string `json:"src"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// shown is a message as its own contact sees it.
func shown(m bot.Message) messageFrame {
	f := messageFrame{Type: "message", Seq: m.Seq, From: m.From, Name: m.Agent.Name, Text: m.Text,
		Choices: m.Choices, Event: m.Event, Edited: !m.Edited.IsZero() && !m.Withdrawn, Withdrawn: m.Withdrawn}
	if m.From == bot.FromContact { // what the team's channels call a message is theirs
		f.ID = m.ExternalID
	}
	// What was filled in may be long and stands in the text already.
	if flows.ParseMove(m.Move).Kind != flows.Fill {
		f.Move = m.Move
	}
	if m.Event == string(flows.Opened) && m.TicketNumber != 0 {
		f.Ticket = "LK-" + strconv.FormatInt(m.TicketNumber, 10)
	}
	if p := m.Picture; p != nil {
		f.Picture = &pictureFrame{Src: pictures + p.ID, Width: p.Width, Height: p.Height}
	}
	if !m.At.IsZero() {
		f.At = m.At.UnixMilli()
	}
	return f
}

// sift parts what people see of a log from the entries that say that an earlier message is
// another now, and gives the numbers of those: each once, and none that is shown anyway.
func sift(log []bot.Message) (seen []bot.Message, changed []int64) {
	for _, m := range log {
		if m.Event != bot.EventEdited {
			seen = append(seen, m)
		}
	}
	for _, m := range log {
		if m.Event == bot.EventEdited && m.Ref < log[0].Seq && !slices.Contains(changed, m.Ref) {
			changed = append(changed, m.Ref)
		}
	}
	return seen, changed
}

// pictures is where they are served, below the address of the server.
const pictures = "bubble/picture/"

type olderFrame struct {
	Type   string `json:"type"`
	Before int64  `json:"before"`
	First  int64  `json:"first"`
}

type ackFrame struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

type errorFrame struct {
	Type  string `json:"type"`
	Code  string `json:"code"`
	ID    string `json:"id,omitempty"`
	Text  string `json:"text"`
	Retry int64  `json:"retry,omitempty"`
}

type bareFrame struct {
	Type string `json:"type"`
}
