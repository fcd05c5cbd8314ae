package flows

import (
	"maps"
	"slices"
)

// Place is a step of a flow.
type Place struct {
	Flow string `json:"flow"`
	Step string `json:"step"`
}

// String writes the place as flow/step, the form used in flow files.
func (p Place) String() string { return p.Flow + "/" + p.Step }

// The ways a conversation can end. Empty: it goes on.
const (
	OutcomeResolved = "resolved"
	OutcomeTicket   = "ticket"
)

// Tried is one instruction that was given, with what came of it.
type Tried struct {
	Place
	// Result is a choice of the step, or one of the words tried_works, tried_person,
	// tried_left when the person left the step another way.
	Result string `json:"result,omitempty"`
}

// State is all that decides how a conversation goes on.
type State struct {
	// At is the step that waits; Callers are the call steps to come back to, outermost first.
	At      Place   `json:"at"`
	Callers []Place `json:"callers,omitempty"`
	// Facts are what is known, by the names of facts.yaml.
	Facts map[string]string `json:"facts,omitempty"`
	// Seen counts how often a waiting step was put, by its place: the loop guard.
	Seen map[string]int `json:"seen,omitempty"`
	// Tried are the instructions followed so far, in order. Nothing depends on them;
	// they are for the ticket.
	Tried []Tried `json:"tried,omitempty"`
	// Unclear counts texts in a row that could not be read.
	Unclear int `json:"unclear,omitempty"`
	// Quiet is 1 after a reminder, 2 when the conversation was put aside unanswered.
	Quiet int `json:"quiet,omitempty"`
	// Suggest is a spelling offered for what was just typed, Typed what was typed.
	Suggest string `json:"suggest,omitempty"`
	Typed   string `json:"typed,omitempty"`
	// Outcome is how the conversation ended, empty while it goes on; Queue is the ticket's.
	Outcome string `json:"outcome,omitempty"`
	Queue   string `json:"queue,omitempty"`
}

// Session is where one conversation stands: plain data, stored as JSON. It belongs to
// the version of the book it was begun with.
type Session struct {
	Version string `json:"version"`
	Lang    string `json:"lang"`
	State
	// Origin is the state after the beginning, and Trail the moves since then in their
	// short form. Together they give every earlier state back.
	Origin *State   `json:"origin,omitempty"`
	Trail  []string `json:"trail,omitempty"`
	// Doubt are the moves the person was just asked to choose between, in short form.
	Doubt []string `json:"doubt,omitempty"`
}

// clone copies the state so deep that changing one leaves the other as it was.
func (s State) clone() State {
	s.Callers = slices.Clone(s.Callers)
	s.Facts = maps.Clone(s.Facts)
	s.Seen = maps.Clone(s.Seen)
	s.Tried = slices.Clone(s.Tried)
	return s
}

// Ended says whether the conversation has an outcome.
func (s State) Ended() bool { return s.Outcome != "" }
