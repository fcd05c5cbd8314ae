package flows

import (
	"bytes"
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema gives the JSON Schema (draft 2020-12) of flow files, so that editors complete names
// and mark slips while one types. [Load] checks more than a schema can say. The file
// schema.json beside the trees is this, and a test keeps it so.
func Schema() []byte {
	data, err := json.Marshal(fileSchema())
	if err != nil {
		panic(err) // the schema is a constant of the program
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		panic(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

type schema = jsonschema.Schema

func fileSchema() *schema {
	return &schema{
		Schema:      "https://json-schema.org/draft/2020-12/schema",
		Title:       "A file of decision trees",
		Description: "See README.md beside the files.",
		Type:        "object",
		Defs: map[string]*schema{
			"text": {
				Description: "What the bot says, in every language of the book. {name} puts a variable or a fact in.",
				Type:        "object", AdditionalProperties: words(), MinProperties: jsonschema.Ptr(1),
			},
			"phrases": {
				Description: "What people write, by language.",
				Type:        "object", AdditionalProperties: oneOrMore(words()),
			},
			"intent": {
				Description: "What people write that means this, by language.",
				Type:        "object", AdditionalProperties: oneOrMore(words()),
				Properties: map[string]*schema{
					"counts_as":  {Description: "The intent it is a special case of: at a step that does not know it, it means that one.", Type: "string"},
					"never_with": ref("names", "Concepts of the lexicon, some with `not` before them, that rule it out."),
				},
			},
			"facts":   {Description: "Facts and the values they get or must have.", Type: "object", AdditionalProperties: oneOrMore(words())},
			"names":   oneOrMore(words()),
			"go":      {Description: "A step of this file, flow/step, or a flow (its first step).", Type: "string"},
			"choices": {Description: "The answers offered, in order.", Type: "object", AdditionalProperties: choiceSchema()},
			"step":    stepSchema(),
		},
		Properties: map[string]*schema{
			"languages": {Description: "The languages, code and own name; the first is the one to begin with.", Type: "object", AdditionalProperties: words()},
			"variables": {Description: "Words that the configuration sets.", Type: "object",
				AdditionalProperties: object([]string{"unset"}, map[string]*schema{"unset": ref("text", "The words that stand in its place when it is not configured.")})},
			"words":    {Description: "The bot's other words.", Type: "object", AdditionalProperties: ref("text", "")},
			"intents":  {Description: "Meanings with the phrases people write for them.", Type: "object", AdditionalProperties: ref("intent", "")},
			"lexicon":  {Description: "Concepts with the words they go by, in any language; * stands for any ending.", Type: "object", AdditionalProperties: ref("names", "")},
			"facts":    {Description: "What can be known about a person and the problem.", Type: "object", AdditionalProperties: factSchema()},
			"promises": {Description: "What holds in every conversation; `latchkey check` proves it.", Type: "array", Items: promiseSchema()},
			"flow":     {Description: "The name of the tree in this file.", Type: "string"},
			"title":    ref("text", "What the tree is about."),
			"for":      {Description: "Who begins here. Leave it out for a piece that other trees call.", Type: "string"},
			"begin":    ref("go", "The first step."),
			"always":   {Description: "Ways that are open at every step.", Type: "object", AdditionalProperties: alwaysSchema()},
			"steps":    {Description: "The steps, by name.", Type: "object", AdditionalProperties: ref("step", "")},
		},
		AdditionalProperties: never(),
	}
}

func stepSchema() *schema {
	properties := map[string]*schema{
		"ask":      ref("text", "A question. With choices the step waits for one of them."),
		"choices":  ref("choices", ""),
		"fact":     {Description: "Remembers the id of the choice.", Type: "string"},
		"tried":    ref("text", "What the ticket says of this instruction; the chosen label is its result."),
		"fill":     {Description: "Asks for this fact.", Type: "string"},
		"once":     {Description: "Pass over the step when the fact is known or the question was put before.", Type: "boolean"},
		"say":      ref("text", "Says something and goes on; with `ticket`, the words in place of the usual ones."),
		"branch":   {Description: "Goes where the facts tell; the last line has no condition.", Type: "array", Items: conditional(nil)},
		"call":     {Description: "Walks through another flow and comes back.", Type: "string"},
		"on":       {Description: "Where each end of the called flow leads.", Type: "object", AdditionalProperties: ref("go", "")},
		"return":   {Description: "An end of a called flow.", Type: "string"},
		"ticket":   {Description: "Opens a ticket in this queue, and ends.", Enum: []any{QueueSupport, QueueHexpert}},
		"about":    ref("text", "The ticket's subject for the team."),
		"problem":  {Description: "Names the problem: one ticket is open for each.", Type: "string"},
		"resolved": ref("text", "The happy end: one line to remember."),
		"set":      ref("facts", "Facts that are known from here on. An empty value forgets."),
		"gives":    ref("names", "What promises speak of: advice, an offer, a warning."),
		"go":       ref("go", ""),
	}
	s := object(nil, properties)
	for _, k := range kinds {
		name := k.name
		s.AnyOf = append(s.AnyOf, &schema{Required: []string{name}})
	}
	return s
}

func promiseSchema() *schema {
	never := conditional(map[string]*schema{
		"give":   {Description: "What no step may give.", Type: "string"},
		"ticket": {Description: "The queue no ticket may be for.", Enum: []any{QueueSupport, QueueHexpert}},
		"end":    {Description: "How no conversation may end.", Enum: []any{OutcomeResolved, OutcomeTicket}},
		"after":  ref("names", "Only after a step that gives one of these."),
		"before": ref("names", "Only before any step that gives one of these."),
	})
	delete(never.Properties, "go")
	never.Required = nil
	return object(nil, map[string]*schema{
		"never": never,
		"always": object([]string{"move", "gives"}, map[string]*schema{
			"move":  {Description: "A line of `always`.", Type: "string"},
			"gives": ref("names", "What following it gives at once."),
		}),
		"because": {Description: "The reason, for whoever reads the file.", Type: "string"},
	})
}

func choiceSchema() *schema {
	return object([]string{"label", "go"}, map[string]*schema{
		"label":   ref("text", "What stands on the button, at most 75 letters."),
		"intent":  ref("names", "What people write that means this choice."),
		"phrases": ref("phrases", "What people write here only."),
		"set":     ref("facts", "Facts that are known from here on."),
		"go":      ref("go", ""),
	})
}

func alwaysSchema() *schema {
	return conditional(map[string]*schema{
		"label":   ref("text", "What stands on the button."),
		"intent":  ref("names", "What people write for it."),
		"phrases": ref("phrases", "What people write in this tree only."),
	})
}

func factSchema() *schema {
	return object(nil, map[string]*schema{
		"label":   ref("text", "Shows the fact in the ticket, under this name."),
		"kind":    {Description: "How it is asked for.", Enum: []any{string(factEmail), string(factName), string(factText)}},
		"values":  ref("names", "The only values it can have."),
		"says":    {Description: "Words for the values.", Type: "object", AdditionalProperties: ref("text", "")},
		"keep":    {Description: "Survives “start over”.", Type: "boolean"},
		"subject": {Description: "Part of which problem a ticket is about.", Type: "boolean"},
		"firm":    {Description: "Taken back only by words that are certain, or after asking.", Type: "boolean"},
	})
}

// conditional is a line with `go` and the conditions under which it holds.
func conditional(more map[string]*schema) *schema {
	properties := map[string]*schema{
		"when":    ref("facts", "Facts and the values they must have."),
		"unless":  ref("facts", "Facts and the values they must not have."),
		"known":   ref("names", "Facts that must be known."),
		"unknown": ref("names", "Facts that must not be known."),
		"go":      ref("go", ""),
	}
	for name, s := range more {
		properties[name] = s
	}
	return object([]string{"go"}, properties)
}

func object(required []string, properties map[string]*schema) *schema {
	return &schema{Type: "object", Required: required, Properties: properties, AdditionalProperties: never()}
}

func ref(name, description string) *schema {
	return &schema{Ref: "#/$defs/" + name, Description: description}
}

func words() *schema { return &schema{Types: []string{"string", "number", "boolean", "null"}} }

func oneOrMore(s *schema) *schema {
	return &schema{AnyOf: []*schema{s, {Type: "array", Items: s}}}
}

// never is the schema that nothing fits.
func never() *schema { return &schema{Not: &schema{}} }
