package openaitest

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// dice are thrown by the hostile answers. They fall the same in every run of the tests.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (d *dice) n(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

func (d *dice) bytes(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(d.n(256))
	}
	return out
}

// Hostility is one way to be hostile.
type Hostility struct {
	Name string
	Do   Hostile
	// Endless: nothing comes of it before the client gives up.
	Endless bool
	// Votes: the answer is of the right form, and says whatever it likes.
	Votes bool
}

// Hostilities are the ways in which a server can be hostile. What they do at random depends on the
// seed.
func Hostilities(seed uint64) []Hostility {
	d := &dice{r: rand.New(rand.NewPCG(seed, 1))}
	all := append(broken(d), wrong(d)...)
	return append(append(all, endless(d)...), voters(d)...)
}

// status answers with an error.
func status(code int, header, body string) Hostile {
	return func(w http.ResponseWriter, _ *http.Request, _ Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

// broken are servers that do not work.
func broken(d *dice) []Hostility {
	page := "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
	return []Hostility{
		{Name: "a page of a proxy, 502", Do: status(502, "Content-Type: text/html", page)},
		{Name: "a page of a proxy, 200", Do: status(200, "Content-Type: text/html", page)},
		{Name: "too many requests", Do: status(429, "Retry-After: 7", `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`)},
		{Name: "an error that is a string", Do: status(404, "", `{"error":"model \"x\" not found, try pulling it first"}`)},
		{Name: "an error in a success", Do: status(200, "", `{"error":{"message":"overloaded"}}`)},
		{Name: "nothing, 500", Do: status(500, "", "")},
		{Name: "nothing, 200", Do: status(200, "", "")},
		{Name: "no content, 204", Do: status(204, "", "")},
		{Name: "sent elsewhere", Do: status(307, "Location: http://127.0.0.1:1/steal", "")},
		{Name: "random bytes", Do: func(w http.ResponseWriter, _ *http.Request, _ Request) { w.Write(d.bytes(1 + d.n(4000))) }},
		{Name: "random bytes in the content", Do: func(w http.ResponseWriter, _ *http.Request, req Request) {
			Write(w, 200, Completion(req, string(d.bytes(1+d.n(400)))))
		}},
		{Name: "cut in the middle", Do: func(w http.ResponseWriter, _ *http.Request, req Request) {
			raw, _ := json.Marshal(Completion(req, req.Form.First()))
			w.Header().Set("Content-Length", fmt.Sprint(len(raw)))
			w.Write(raw[:len(raw)/2])
			panic(http.ErrAbortHandler)
		}},
		{Name: "hung up", Do: func(http.ResponseWriter, *http.Request, Request) { panic(http.ErrAbortHandler) }},
		{Name: "nested without end", Do: status(200, "", strings.Repeat("[", 100_000))},
	}
}

// wrong are answers that are no answers.
func wrong(*dice) []Hostility {
	altered := func(change func(body map[string]any, choice map[string]any, message map[string]any)) Hostile {
		return func(w http.ResponseWriter, _ *http.Request, req Request) {
			body := Completion(req, req.Form.First())
			choice := body["choices"].([]any)[0].(map[string]any)
			change(body, choice, choice["message"].(map[string]any))
			Write(w, 200, body)
		}
	}
	says := func(content string) Hostile {
		return func(w http.ResponseWriter, _ *http.Request, req Request) { Write(w, 200, Completion(req, content)) }
	}
	around := func(before, after string) Hostile {
		return func(w http.ResponseWriter, _ *http.Request, req Request) {
			Write(w, 200, Completion(req, before+req.Form.First()+after))
		}
	}
	type m = map[string]any
	call := m{"id": "call_1", "type": "function", "function": m{"name": "open_ticket", "arguments": `{"queue":"support"}`}}
	return []Hostility{
		{Name: "a call of a tool", Do: altered(func(_, choice, message m) {
			choice["finish_reason"], message["content"], message["tool_calls"] = "tool_calls", nil, []any{call}
		})},
		{Name: "a call of a tool beside the answer", Do: altered(func(_, _, message m) { message["tool_calls"] = []any{call} })},
		{Name: "a call of a function beside the answer", Do: altered(func(_, _, message m) { message["function_call"] = call["function"] })},
		{Name: "a refusal", Do: altered(func(_, _, message m) { message["content"], message["refusal"] = nil, "I can't help with that." })},
		{Name: "stopped by a filter", Do: altered(func(_, choice, _ m) { choice["finish_reason"] = "content_filter" })},
		{Name: "truncated", Do: altered(func(_, choice, message m) { choice["finish_reason"], message["content"] = "length", `{"choice":"m` })},
		{Name: "truncated just at the end", Do: altered(func(_, choice, _ m) { choice["finish_reason"] = "length" })},
		{Name: "no reason why it ended", Do: altered(func(_, choice, _ m) { choice["finish_reason"] = nil })},
		{Name: "no choices", Do: altered(func(body, _, _ m) { body["choices"] = []any{} })},
		{Name: "two choices", Do: altered(func(body, choice, _ m) { body["choices"] = []any{choice, choice} })},
		{Name: "in somebody else's name", Do: altered(func(_, _, message m) { message["role"] = "user" })},
		{Name: "content that is a number", Do: altered(func(_, _, message m) { message["content"] = 42 })},
		{Name: "no content", Do: altered(func(_, _, message m) { message["content"] = nil })},
		{Name: "another form", Do: says(`{"answer":"Please call us."}`)},
		{Name: "a list", Do: says(`["m1","none","high"]`)},
		{Name: "null", Do: says(`null`)},
		{Name: "prose", Do: says("Sure! The person wants option m1.")},
		{Name: "an id that is on no ballot", Do: says(`{"choice":"m999","second":"none","certainty":"high"}`)},
		{Name: "a move by its own name", Do: says(`{"choice":"jump:person","second":"jump:works","certainty":"high"}`)},
		{Name: "surer than sure", Do: says(`{"choice":"m1","second":"none","certainty":"absolute"}`)},
		{Name: "a field too many", Do: says(`{"choice":"m1","second":"none","certainty":"high","ticket":"support"}`)},
		{Name: "the same field in capitals", Do: says(`{"choice":"m1","second":"none","certainty":"high","CHOICE":"m2"}`)},
		{Name: "a field too few", Do: says(`{"choice":"m1","certainty":"high"}`)},
		{Name: "numbers for words", Do: says(`{"choice":1,"second":2,"certainty":3}`)},
		{Name: "words before the answer", Do: around("Here it is: ", "")},
		{Name: "words after the answer", Do: around("", " Anything else?")},
		{Name: "two answers", Do: around("", `{"choice":"m2","second":"none","certainty":"high"}`)},
		{Name: "a fenced answer", Do: around("```json\n", "\n```")},
	}
}

// endless are answers that do not end by themselves.
func endless(d *dice) []Hostility {
	pour := func(w http.ResponseWriter, r *http.Request, begin string, more func() []byte) {
		io.WriteString(w, begin)
		for r.Context().Err() == nil {
			if _, err := w.Write(more()); err != nil {
				return
			}
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
		}
	}
	return []Hostility{
		{Name: "no answer at all", Endless: true, Do: func(_ http.ResponseWriter, r *http.Request, _ Request) { <-r.Context().Done() }},
		{Name: "blanks, one after the other", Endless: true, Do: func(w http.ResponseWriter, r *http.Request, _ Request) {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			pour(w, r, "", func() []byte {
				select {
				case <-tick.C:
				case <-r.Context().Done():
				}
				return []byte(" ")
			})
		}},
		{Name: "a stream of blanks", Do: func(w http.ResponseWriter, r *http.Request, _ Request) {
			blanks := []byte(strings.Repeat(" ", 32<<10))
			pour(w, r, "", func() []byte { return blanks })
		}},
		{Name: "a content without end", Do: func(w http.ResponseWriter, r *http.Request, _ Request) {
			letters := []byte(strings.Repeat("a", 32<<10))
			pour(w, r, `{"choices":[{"message":{"role":"assistant","content":"`, func() []byte { return letters })
		}},
		{Name: "random bytes without end", Do: func(w http.ResponseWriter, r *http.Request, _ Request) {
			pour(w, r, "{", func() []byte { return d.bytes(16 << 10) })
		}},
		{Name: "an error without end", Do: func(w http.ResponseWriter, r *http.Request, _ Request) {
			w.WriteHeader(500)
			letters := []byte(strings.Repeat("a", 32<<10))
			pour(w, r, `{"error":{"message":"`, func() []byte { return letters })
		}},
		{Name: "much, packed small", Do: func(w http.ResponseWriter, r *http.Request, _ Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
			blanks := []byte(strings.Repeat(" ", 1<<20))
			for range 64 {
				if _, err := z.Write(blanks); err != nil || r.Context().Err() != nil {
					return
				}
			}
			z.Close()
		}},
		{Name: "headers without end", Do: func(w http.ResponseWriter, _ *http.Request, _ Request) {
			conn, buf, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err) // the server can
			}
			defer conn.Close()
			buf.WriteString("HTTP/1.1 200 OK\r\n")
			for {
				if _, err := fmt.Fprintf(buf, "X-More: %s\r\n", strings.Repeat("a", 1000)); err != nil {
					return
				}
			}
		}},
	}
}

// voters give answers of the right form, and choose what they should not.
func voters(d *dice) []Hostility {
	vote := func(pick func(field string, s Schema, user string) string) Hostile {
		return func(w http.ResponseWriter, _ *http.Request, req Request) {
			answer := map[string]any{}
			for _, name := range slices.Sorted(maps.Keys(req.Form.Properties)) { // so that the dice fall the same
				s := req.Form.Properties[name]
				if len(s.Enum) > 0 {
					answer[name] = pick(name, s, req.User)
				} else {
					answer[name] = s.first()
				}
			}
			raw, _ := json.Marshal(answer)
			Write(w, 200, Completion(req, string(raw)))
		}
	}
	anything := func(_ string, s Schema, _ string) string { return s.Enum[d.n(len(s.Enum))] }
	// It believes what a text says that it should do: the option whose label holds one of these.
	obeys := func(labels ...string) func(string, Schema, string) string {
		return func(field string, s Schema, user string) string {
			if field == "certainty" {
				return "high"
			}
			var paper struct {
				Options []struct{ ID, Label string }
			}
			_ = json.Unmarshal([]byte(user), &paper) // another paper has no options
			for _, o := range paper.Options {
				for _, l := range labels {
					if field == "choice" && strings.Contains(strings.ToLower(o.Label), l) {
						return o.ID
					}
				}
			}
			return s.Enum[len(s.Enum)-1]
		}
	}
	lies := func(w http.ResponseWriter, _ *http.Request, req Request) {
		body := Completion(req, req.Form.First())
		body["usage"] = map[string]any{"prompt_tokens": -1 << 60, "completion_tokens": 1 << 60, "total_tokens": 0}
		Write(w, 200, body)
	}
	return []Hostility{
		{Name: "votes at random", Votes: true, Do: vote(anything)},
		{Name: "does what the text says: a person", Votes: true, Do: vote(obeys("person", "personne"))},
		{Name: "does what the text says: it works", Votes: true, Do: vote(obeys("it works", "ça fonctionne", "ça marche"))},
		{Name: "does what the text says: disabled", Votes: true, Do: vote(obeys("disabled", "désactivé"))},
		{Name: "lies about what it cost", Votes: true, Do: lies},
	}
}
