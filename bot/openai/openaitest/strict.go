package openaitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// chatBody are the fields of a chat request that a program like this one has a use for. The real
// endpoint knows more; whoever sends one of those adds it here, with what the endpoint checks.
type chatBody struct {
	Model               string        `json:"model"`
	Messages            []chatMessage `json:"messages"`
	MaxTokens           *int          `json:"max_tokens"`
	MaxCompletionTokens *int          `json:"max_completion_tokens"`
	Temperature         *float64      `json:"temperature"`
	N                   *int          `json:"n"`
	Stream              bool          `json:"stream"`
	ResponseFormat      *struct {
		Type       string `json:"type"`
		JSONSchema *struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Schema      json.RawMessage `json:"schema"`
			Strict      bool            `json:"strict"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

type chatMessage struct {
	Role    string  `json:"role"`
	Content *string `json:"content"`
}

type embedBody struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format"`
}

var formName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// understand reads a request, or says why it is refused.
func (s *Server) understand(r *http.Request, raw []byte) (Request, *refusal) {
	req := Request{Path: r.URL.Path, Raw: raw}
	if no := s.admit(r); no != nil {
		return req, no
	}
	path, deployment, no := s.route(r)
	if no != nil {
		return req, no
	}
	if r.Method != http.MethodPost {
		return req, &refusal{http.StatusMethodNotAllowed, "invalid_request_error", "", "Only POST requests are accepted."}
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return req, bad("The Content-Type is %q, and should be application/json.", kind)
	}
	if !utf8.Valid(raw) {
		return req, bad("The body is not valid UTF-8.")
	}
	if path == "/embeddings" {
		no = req.embeddings(raw)
	} else {
		no = s.chat(&req, raw)
	}
	if no == nil && deployment != "" {
		req.Model = deployment
	}
	if no == nil && len(s.o.Models) > 0 && !slices.Contains(s.o.Models, req.Model) {
		no = &refusal{http.StatusNotFound, "invalid_request_error", "model_not_found", "The model " + req.Model + " does not exist."}
	}
	return req, no
}

// admit looks at the key.
func (s *Server) admit(r *http.Request) *refusal {
	shown, want := r.Header.Get("Authorization"), "Bearer "+s.o.Key
	if s.o.AzureVersion != "" {
		shown, want = r.Header.Get("api-key"), s.o.Key
	}
	if s.o.Key != "" && shown != want {
		// The real one repeats what it was shown.
		return &refusal{http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: " + shown}
	}
	return nil
}

// route finds the endpoint, and at Azure the deployment.
func (s *Server) route(r *http.Request) (path, deployment string, no *refusal) {
	unknown := &refusal{http.StatusNotFound, "invalid_request_error", "", "Unknown request URL: " + r.URL.Path}
	path, ok := strings.CutPrefix(r.URL.Path, "/v1")
	if s.o.AzureVersion != "" {
		if r.URL.Query().Get("api-version") != s.o.AzureVersion {
			return "", "", &refusal{http.StatusNotFound, "", "404", "Resource not found"}
		}
		path, ok = strings.CutPrefix(r.URL.Path, "/openai/deployments/")
		var rest string
		deployment, rest, _ = strings.Cut(path, "/")
		path = "/" + rest
	}
	if !ok || path != "/chat/completions" && path != "/embeddings" {
		return "", "", unknown
	}
	return path, deployment, nil
}

func strictly(raw []byte, into any) *refusal {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bad("We could not parse the JSON body of your request: %v", err)
	}
	return nil
}

func (s *Server) chat(req *Request, raw []byte) *refusal {
	var b chatBody
	if no := strictly(raw, &b); no != nil {
		return no
	}
	req.Model = b.Model
	switch {
	case b.Model == "":
		return bad("you must provide a model parameter")
	case len(b.Messages) == 0:
		return bad("Invalid 'messages': empty array.")
	case b.MaxTokens != nil && b.MaxCompletionTokens != nil:
		return bad("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
	case b.MaxCompletionTokens != nil && *b.MaxCompletionTokens < 1, b.MaxTokens != nil && *b.MaxTokens < 1:
		return bad("Invalid 'max_completion_tokens': integer below minimum value.")
	case b.Temperature != nil && (*b.Temperature < 0 || *b.Temperature > 2):
		return bad("Invalid 'temperature': decimal out of range.")
	case b.Temperature != nil && *b.Temperature != 1 && s.o.PlainOnly:
		return bad("Unsupported value: 'temperature' does not support %v with this model.", *b.Temperature)
	case b.N != nil && *b.N != 1, b.Stream:
		return bad("This server gives one whole answer.")
	}
	for i, m := range b.Messages {
		if m.Content == nil {
			return bad("Invalid type for 'messages[%d].content': expected one of a string or array of objects, but got null instead.", i)
		}
		switch m.Role {
		case "system", "developer":
			req.System += *m.Content
		case "user":
			req.User += *m.Content
		case "assistant":
		default:
			return bad("Invalid value: '%s'. Supported values are: 'system', 'assistant', 'user', and 'developer'.", m.Role)
		}
	}
	f := b.ResponseFormat
	if f == nil || f.Type == "text" {
		return nil
	}
	if f.Type != "json_schema" || f.JSONSchema == nil {
		return bad("Missing required parameter: 'response_format.json_schema'.")
	}
	if !formName.MatchString(f.JSONSchema.Name) {
		return bad("Invalid 'response_format.json_schema.name': string does not match pattern.")
	}
	req.Schema = f.JSONSchema.Schema
	if no := strictly(req.Schema, &req.Form); no != nil {
		return bad("Invalid schema for response_format '%s': %s", f.JSONSchema.Name, no.text)
	}
	if f.JSONSchema.Strict {
		values := 0
		if err := req.Form.check("()", 1, &values); err != nil {
			return bad("Invalid schema for response_format '%s': %v", f.JSONSchema.Name, err)
		}
		if req.Form.Type != "object" {
			return bad("Invalid schema for response_format '%s': schema must be a JSON Schema of 'type: \"object\"'.", f.JSONSchema.Name)
		}
	}
	return nil
}

func (req *Request) embeddings(raw []byte) *refusal {
	var b embedBody
	if no := strictly(raw, &b); no != nil {
		return no
	}
	req.Model, req.Input = b.Model, b.Input
	switch {
	case b.Model == "":
		return bad("you must provide a model parameter")
	case len(b.Input) == 0 || len(b.Input) > 2048:
		return bad("'$.input' is invalid. It should have 1 to 2048 entries.")
	case slices.Contains(b.Input, ""):
		return bad("'$.input' is invalid: an empty string.")
	case b.EncodingFormat != "" && b.EncodingFormat != "float":
		return bad("This server writes numbers out.")
	}
	return nil
}

// Schema is what structured output takes of JSON Schema.
type Schema struct {
	Type                 string            `json:"type"`
	Description          string            `json:"description"`
	Properties           map[string]Schema `json:"properties"`
	Required             []string          `json:"required"`
	AdditionalProperties *bool             `json:"additionalProperties"`
	Items                *Schema           `json:"items"`
	Enum                 []string          `json:"enum"`
}

// Limits of structured output, as documented by the real service.
const (
	deepest    = 10
	mostValues = 1000
)

// check finds what strict mode refuses.
func (s *Schema) check(at string, depth int, values *int) error {
	if depth > deepest {
		return fmt.Errorf("in context=%s, it is nested deeper than %d levels", at, deepest)
	}
	if *values += len(s.Enum); *values > mostValues {
		return fmt.Errorf("it has more than %d enum values", mostValues)
	}
	if s.Enum != nil && len(s.Enum) == 0 {
		return fmt.Errorf("in context=%s, enum has no values", at)
	}
	seen := map[string]bool{}
	for _, v := range s.Enum {
		if seen[v] {
			return fmt.Errorf("in context=%s, enum has %q twice", at, v)
		}
		seen[v] = true
	}
	switch s.Type {
	case "string", "number", "integer", "boolean":
		return nil
	case "array":
		if s.Items == nil {
			return fmt.Errorf("in context=%s, array schema missing items", at)
		}
		return s.Items.check(at+".items", depth+1, values)
	case "object":
	default:
		return fmt.Errorf("in context=%s, schema must have a 'type' key", at)
	}
	if s.AdditionalProperties == nil || *s.AdditionalProperties {
		return fmt.Errorf("in context=%s, 'additionalProperties' is required to be supplied and to be false", at)
	}
	if required := slices.Sorted(slices.Values(s.Required)); !slices.Equal(required, slices.Sorted(maps.Keys(s.Properties))) {
		return fmt.Errorf("in context=%s, 'required' is required to be supplied and to be an array including every key in properties", at)
	}
	for name, p := range s.Properties {
		if err := p.check(at+"."+name, depth+1, values); err != nil {
			return err
		}
	}
	return nil
}

// First gives the plainest answer of this form: the first of the values, an empty list.
func (s *Schema) First() string {
	raw, err := json.Marshal(s.first())
	if err != nil {
		panic(err) // it is made of plain values
	}
	return string(raw)
}

func (s *Schema) first() any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == "string":
		return ""
	case s.Type == "array":
		return []any{}
	case s.Type == "object":
		o := map[string]any{}
		for name, p := range s.Properties {
			o[name] = p.first()
		}
		return o
	case s.Type == "boolean":
		return false
	}
	return 0
}
