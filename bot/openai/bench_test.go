package openai_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"latchkey/bot/openai"
	"latchkey/bot/openai/openaitest"
	"latchkey/flows"
)

// BenchmarkReading is all that a reading with a model takes besides the model and the line.
func BenchmarkReading(b *testing.B) {
	raw, err := json.Marshal(openaitest.Completion(openaitest.Request{Model: "small"}, `{"choice":"m1","second":"none","certainty":"high"}`))
	if err != nil {
		b.Fatal(err)
	}
	m, err := openai.New(openai.Options{URL: "http://model.example/v1", Model: "small", Transport: transport(func(r *http.Request) (*http.Response, error) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(raw))), Request: r}, nil
	})})
	if err != nil {
		b.Fatal(err)
	}
	book := shippedBook(b)
	s, _ := book.Start("client", "en", nil)
	legal := book.Moves(s)
	reader := m.Reader(unclear)
	b.ReportAllocs()
	for b.Loop() {
		r, err := reader.Read(b.Context(), "the thing with the mail again", "en", legal)
		if err != nil || r.Meaning != flows.ReadMove {
			b.Fatal(r, err)
		}
	}
}
