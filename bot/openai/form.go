package openai

import "github.com/google/jsonschema-go/jsonschema"

// schema is what an answer has to look like. One and the same goes to the server and judges what
// comes back: not every server heeds it.
type schema = jsonschema.Schema

// object is the form of an object that has these fields and no others, in their order.
func object(fields ...field) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: none()}
	for _, f := range fields {
		s.Properties[f.name] = f.form
		s.Required = append(s.Required, f.name)
		s.PropertyOrder = append(s.PropertyOrder, f.name)
	}
	return s
}

type field struct {
	name string
	form *schema
}

// none is the form that nothing has: it is written as false.
func none() *schema { return &schema{Not: &schema{}} }

// oneOf is the form of a text that is one of these.
func oneOf(texts ...string) *schema {
	s := &schema{Type: "string"}
	for _, t := range texts {
		s.Enum = append(s.Enum, t)
	}
	return s
}
