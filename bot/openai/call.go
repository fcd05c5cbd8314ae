package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	api "github.com/sashabaranov/go-openai"

	"latchkey/bot"
)

// inquiry is one thing the model is asked: one call, one answer of a strict form.
type inquiry struct {
	// name names the form for the server, and prompt tells the model what to do.
	name, prompt string
	// about is what it is asked about; it leaves as JSON, so that no text in it can end it.
	about any
	// form is what the answer has to look like.
	form *schema
	// longest is how long the answer may be, in tokens.
	longest int
}

// tokens estimates how much a text is: a token of ordinary text is three or four bytes, of JSON
// rather three.
func tokens(n int) int { return n/3 + 1 }

// ask makes one call, and reads the answer into a value. An error is always a [*failed].
func (m *Model) ask(ctx context.Context, q inquiry, into any) error {
	about, err := json.Marshal(q.about)
	if err != nil {
		return m.failed(&failed{why: FailedForm}) // it is plain data
	}
	form, err := json.Marshal(q.form)
	if err != nil {
		return m.failed(&failed{why: FailedForm})
	}
	req := api.ChatCompletionRequest{
		Model: m.o.Model,
		Messages: []api.ChatCompletionMessage{
			{Role: api.ChatMessageRoleSystem, Content: q.prompt},
			{Role: api.ChatMessageRoleUser, Content: string(about)},
		},
		MaxCompletionTokens: q.longest,
		ResponseFormat: &api.ChatCompletionResponseFormat{
			Type: api.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &api.ChatCompletionResponseFormatJSONSchema{
				Name: q.name, Schema: json.RawMessage(form), Strict: true,
			},
		},
	}
	// The same words should mean the same tomorrow. The library leaves a plain zero out.
	req.Temperature = math.SmallestNonzeroFloat32
	if m.plain.Load() || api.NewReasoningValidator().Validate(req) != nil {
		req.Temperature = 0
	}
	sent := tokens(len(q.prompt) + len(about) + len(form))
	return m.call(ctx, m.o.Timeout, sent, q.longest, func(ctx context.Context) (in, out int, err error) {
		ctx, got := noting(ctx)
		res, err := m.chat.CreateChatCompletion(ctx, req)
		if err != nil {
			if got.status == http.StatusBadRequest && req.Temperature != 0 {
				m.plain.Store(true) // the next call does without
			}
			return 0, 0, wrong(ctx, err, got)
		}
		in, out = counted(res.Usage.PromptTokens, sent), counted(res.Usage.CompletionTokens, q.longest)
		content, err := only(res)
		if err != nil {
			return in, out, err
		}
		return in, out, fill(content, q.form, into)
	})
}

// counted is what a server says it counted, unless that cannot be: then it is what we reckon with.
func counted(said, estimate int) int {
	if said <= 0 || said > 100*max(estimate, 1000) {
		return estimate
	}
	return said
}

// call does something within a deadline and the limits, and counts it. do gives the tokens that were
// sent and received.
func (m *Model) call(ctx context.Context, timeout time.Duration, sent, longest int, do func(context.Context) (in, out int, err error)) error {
	if !m.breaker.enter() {
		return m.failed(&failed{why: FailedResting})
	}
	settle, ok := m.budget.take(bot.ConversationOf(ctx), sent+longest)
	if !ok {
		m.breaker.undecided()
		return m.failed(&failed{why: FailedLimit})
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began := m.o.Now()
	in, out, err := do(ctx)
	if err != nil && in == 0 {
		in = sent // it may have been read, and is paid for then
	}
	settle(in + out)
	m.meter.call(m.o.Now().Sub(began), in, out)
	f := asFailed(err)
	switch {
	case f == nil:
		m.breaker.leave(true, 0)
		return nil
	case outer.Err() != nil && f.why != FailedForm:
		m.breaker.undecided()
		f = &failed{why: FailedLeft}
	case f.why == FailedRefusal: // it is there, and well
		m.breaker.leave(true, 0)
	default:
		m.breaker.leave(false, f.after)
	}
	return m.failed(f)
}

func asFailed(err error) *failed {
	var f *failed
	if err == nil || errors.As(err, &f) {
		return f
	}
	return &failed{why: FailedForm}
}

// wrong says what an error of the library comes to.
func wrong(ctx context.Context, err error, got *answered) *failed {
	switch {
	case errors.Is(err, errLarge):
		return &failed{why: FailedLarge}
	case ctx.Err() != nil:
		return &failed{why: FailedLate}
	case got.status == 0:
		return &failed{why: FailedLine}
	case got.status == http.StatusUnauthorized, got.status == http.StatusForbidden:
		return &failed{why: FailedKey}
	case got.status == http.StatusNotFound, got.status >= 300 && got.status < 400:
		return &failed{why: FailedUnknown}
	case got.status == http.StatusTooManyRequests, got.status == http.StatusServiceUnavailable:
		return &failed{why: FailedBusy, after: got.after}
	case got.status >= 500:
		return &failed{why: FailedServer, after: got.after}
	case got.status >= 400:
		return &failed{why: FailedRequest}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &failed{why: FailedLine}
	}
	return &failed{why: FailedForm}
}

// only gives the one answer of a response that is whole and nothing but an answer.
func only(res api.ChatCompletionResponse) (string, error) {
	if len(res.Choices) != 1 {
		return "", &failed{why: FailedForm}
	}
	c := res.Choices[0]
	switch {
	case c.Message.Refusal != "", c.FinishReason == api.FinishReasonContentFilter:
		return "", &failed{why: FailedRefusal}
	case c.FinishReason == api.FinishReasonLength:
		return "", &failed{why: FailedTruncated}
	case c.FinishReason != api.FinishReasonStop, len(c.Message.ToolCalls) > 0, c.Message.FunctionCall != nil,
		len(c.Message.MultiContent) > 0, c.Message.Role != "" && c.Message.Role != api.ChatMessageRoleAssistant,
		strings.TrimSpace(c.Message.Content) == "":
		return "", &failed{why: FailedForm}
	}
	return c.Message.Content, nil
}

// fill reads an answer that has exactly the form that was asked for.
func fill(content string, form *schema, into any) error {
	resolved, err := form.Resolve(nil)
	if err != nil {
		return &failed{why: FailedForm}
	}
	var loose any
	if err := json.Unmarshal([]byte(content), &loose); err != nil { // it has nothing after it, either
		return &failed{why: FailedForm}
	}
	if err := resolved.Validate(loose); err != nil {
		return &failed{why: FailedForm}
	}
	strict := json.NewDecoder(bytes.NewReader([]byte(content)))
	strict.DisallowUnknownFields()
	if err := strict.Decode(into); err != nil {
		return &failed{why: FailedForm}
	}
	return nil
}

// mend says what an operator can do about a failure that does not pass by itself.
var mend = map[Failure]string{
	FailedKey:       "LATCHKEY_MODEL_KEY is refused",
	FailedUnknown:   "LATCHKEY_MODEL_URL or the name of the model is unknown there",
	FailedRequest:   "the server refuses the request; it may not know structured output (response_format json_schema)",
	FailedTruncated: "the answer is cut off; a model that reasons first needs more room than a person's patience",
	FailedLimit:     "LATCHKEY_MODEL_CALLS_… or LATCHKEY_MODEL_TOKENS_… are used up; texts are read without a model",
	FailedLine:      "LATCHKEY_MODEL_URL cannot be reached",
}

// failed counts a failure, and tells the operator once in a while what there is to mend.
func (m *Model) failed(f *failed) error {
	m.meter.fail(f.why)
	advice, ok := mend[f.why]
	m.mu.Lock()
	now := m.o.Now()
	last, told := m.warned[f.why]
	due := ok && (!told || now.Sub(last) >= logEvery)
	if due {
		m.warned[f.why] = now
	}
	m.mu.Unlock()
	if due {
		m.o.Log.Warn("the model is of no use; without it everything goes on", "why", string(f.why), "mend", advice)
	} else {
		m.o.Log.Debug("the model is of no use", "why", string(f.why))
	}
	return f
}
