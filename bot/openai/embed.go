package openai

import (
	"context"
	"errors"
	"math"
	"time"

	api "github.com/sashabaranov/go-openai"
)

const (
	// embedAtOnce texts go in one call: the API takes 2,048, and a small server of one's own is
	// better asked for less.
	embedAtOnce = 64
	// embedTime is for such a call. It is made while nobody waits.
	embedTime = time.Minute
	// mostDimensions is more than any model's vectors have.
	mostDimensions = 16_384
)

var errNoEmbed = errors.New("openai: no model for embeddings is named")

// Embeds says whether a model for embeddings is named.
func (m *Model) Embeds() bool { return m.o.Embed != "" }

// Embed gives the vectors of texts of ours, such as passages of articles: of length 1, all with as
// many numbers. Each is asked for once, and then kept by a hash of the text, in the folder of
// [Options.Vectors] if there is one.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	var missing []int
	for i, text := range texts {
		if v, ok := m.kept.get(text); ok {
			out[i] = v
		} else {
			missing = append(missing, i)
		}
	}
	for len(missing) > 0 {
		n := min(embedAtOnce, len(missing))
		batch := make([]string, n)
		for i, at := range missing[:n] {
			batch[i] = texts[at]
		}
		vectors, err := m.embed(ctx, batch, embedTime)
		if err != nil {
			return nil, err
		}
		for i, at := range missing[:n] {
			out[at] = vectors[i]
			if err := m.kept.put(texts[at], vectors[i]); err != nil {
				// They can be had again; that it costs again is for the operator to know.
				m.o.Log.Warn("an embedding cannot be kept", "error", err)
			}
		}
		missing = missing[n:]
	}
	for _, v := range out {
		if len(v) != len(out[0]) {
			return nil, m.failed(&failed{why: FailedForm})
		}
	}
	return out, nil
}

// EmbedQuestion gives the vector of what a person asks. It leaves without secrets and addresses, has
// the deadline of a person who waits, and is not kept.
func (m *Model) EmbedQuestion(ctx context.Context, text string) ([]float32, error) {
	vectors, err := m.embed(ctx, []string{outgoing(text)}, m.o.Timeout)
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

// embed makes one call.
func (m *Model) embed(ctx context.Context, texts []string, timeout time.Duration) (vectors [][]float32, err error) {
	if !m.Embeds() {
		return nil, errNoEmbed
	}
	sent := 0
	for i, t := range texts {
		if t == "" {
			texts[i] = " " // the API refuses an empty text
		}
		sent += tokens(len(t))
	}
	err = m.call(ctx, timeout, sent, 0, func(ctx context.Context) (in, out int, err error) {
		ctx, got := noting(ctx)
		res, err := m.vectors.CreateEmbeddings(ctx, api.EmbeddingRequest{
			Input: texts, Model: api.EmbeddingModel(m.o.Embed), EncodingFormat: api.EmbeddingEncodingFormatFloat,
		})
		if err != nil {
			return 0, 0, wrong(ctx, err, got)
		}
		in = counted(res.Usage.PromptTokens, sent)
		vectors, err = ordered(res.Data, len(texts))
		return in, 0, err
	})
	return vectors, err
}

// ordered gives the vectors in the order of the texts, if there is one for each, and each is one.
func ordered(data []api.Embedding, n int) ([][]float32, error) {
	out := make([][]float32, n)
	if len(data) != n {
		return nil, &failed{why: FailedForm}
	}
	for _, d := range data {
		if d.Index < 0 || d.Index >= n || out[d.Index] != nil || len(d.Embedding) != len(data[0].Embedding) {
			return nil, &failed{why: FailedForm}
		}
		v, ok := unit(d.Embedding)
		if !ok {
			return nil, &failed{why: FailedForm}
		}
		out[d.Index] = v
	}
	return out, nil
}

// unit makes a vector of length 1. One without a direction is none.
func unit(v []float32) ([]float32, bool) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	length := math.Sqrt(sum)
	if len(v) > mostDimensions || !(length > 0) || math.IsInf(length, 0) {
		return nil, false
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / length)
	}
	return out, true
}
