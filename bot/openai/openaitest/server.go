// Package openaitest is a small server that speaks OpenAI's chat and embeddings endpoints, as
// strictly as the real ones do: what they refuse, it refuses, and says why. On demand it is hostile
// instead, in all the ways a server can be. It is for tests, and knows nothing of this program.
package openaitest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Options say what the server is.
type Options struct {
	// Key is what it wants to be shown; empty: it wants none, as small servers do.
	Key string
	// Models are the names it knows; empty: any.
	Models []string
	// AzureVersion makes it Azure's: deployments in the path, the key in a header of its own.
	AzureVersion string
	// PlainOnly: it refuses a temperature, as models that reason do.
	PlainOnly bool
}

// Request is a request that was understood.
type Request struct {
	// Path is where it came, Raw its body.
	Path string
	Raw  []byte
	// Model is the one that was asked, System and User what it was told.
	Model, System, User string
	// Schema is the form of the answer that was asked for, and Form the same as it was read.
	Schema json.RawMessage
	Form   Schema
	// Input are the texts to embed.
	Input []string
}

// Hostile answers a request in a way of its own.
type Hostile func(w http.ResponseWriter, r *http.Request, req Request)

// Server is a running server.
type Server struct {
	// URL is the base address for a client.
	URL  string
	o    Options
	http *httptest.Server

	mu       sync.Mutex
	answer   func(Request) string
	hostile  Hostile
	means    map[string]string
	requests []Request
	refused  []string
}

// New starts a server. Without [Server.Answer] it answers with the first value that fits the form.
func New(o Options) *Server {
	s := &Server{o: o, answer: func(r Request) string { return r.Form.First() }}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL + "/v1"
	if o.AzureVersion != "" {
		s.URL = s.http.URL
	}
	return s
}

// Close ends the server, and cuts what is still open.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Answer sets what the model says to a request.
func (s *Server) Answer(f func(Request) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// Turn makes the server hostile, or strict again with nil.
func (s *Server) Turn(h Hostile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hostile = h
}

// Means has a text embedded as if it were another one, so that the two are the same in meaning,
// though they share no word.
func (s *Server) Means(text, other string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.means == nil {
		s.means = map[string]string{}
	}
	s.means[text] = other
}

// Requests gives what was understood so far, and forgets it.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests
	s.requests = nil
	return r
}

// Refused gives why requests were refused so far, and forgets it.
func (s *Server) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.refused
	s.refused = nil
	return r
}

// refusal is an answer with an error.
type refusal struct {
	status     int
	kind, code string
	text       string
}

func bad(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_request_error", "", fmt.Sprintf(format, args...)}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
	if err != nil {
		return // the client has left
	}
	req, no := s.understand(r, raw)
	s.mu.Lock()
	answer, hostile, means := s.answer, s.hostile, maps.Clone(s.means)
	if no != nil {
		s.refused = append(s.refused, no.text)
	} else {
		s.requests = append(s.requests, req)
	}
	s.mu.Unlock()
	switch {
	case no != nil:
		Write(w, no.status, map[string]any{"error": map[string]any{
			"message": no.text, "type": no.kind, "param": nil, "code": no.code,
		}})
	case hostile != nil:
		hostile(w, r, req)
	case req.Input != nil:
		Write(w, http.StatusOK, vectors(req, means))
	default:
		Write(w, http.StatusOK, Completion(req, answer(req)))
	}
}

// Write writes a JSON answer.
func Write(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // our own
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(raw)
}

// Completion is the usual answer of the chat endpoint, with some content. Change it to make others.
func Completion(req Request, content string) map[string]any {
	return map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1_790_000_000, "model": req.Model,
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": "stop", "logprobs": nil,
			"message": map[string]any{"role": "assistant", "content": content, "refusal": nil, "annotations": []any{}},
		}},
		"usage": map[string]any{
			"prompt_tokens": len(req.Raw) / 4, "completion_tokens": len(content)/4 + 1,
			"total_tokens":          len(req.Raw)/4 + len(content)/4 + 1,
			"prompt_tokens_details": map[string]any{"cached_tokens": 0, "audio_tokens": 0},
		},
		"service_tier": "default", "system_fingerprint": "fp_1",
	}
}

// vectors are of 64 numbers. Texts that share words are alike, and texts that mean others.
func vectors(req Request, means map[string]string) map[string]any {
	var data []any
	for i, text := range req.Input {
		if other, ok := means[text]; ok {
			text = other
		}
		v := make([]float64, 64)
		for _, word := range strings.Fields(strings.ToLower(text)) {
			h := fnv.New64a()
			h.Write([]byte(word))
			r := rand.New(rand.NewPCG(h.Sum64(), 1))
			for j := range v {
				v[j] += r.NormFloat64()
			}
		}
		v[0] += 0.01 // also a text without words has a direction
		sum := 0.0
		for _, x := range v {
			sum += x * x
		}
		for j := range v {
			v[j] /= math.Sqrt(sum)
		}
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": v})
	}
	return map[string]any{
		"object": "list", "data": data, "model": req.Model,
		"usage": map[string]any{"prompt_tokens": len(req.Raw) / 4, "total_tokens": len(req.Raw) / 4},
	}
}
