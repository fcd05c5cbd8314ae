package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"latchkey/bot/openai"
	"latchkey/flows"
	"latchkey/kb"
)

// hasModel says whether a model is configured.
func (c Config) hasModel() bool { return c.Model != "" || c.ModelEmbed != "" }

// checkModel refuses settings of the model that cannot work.
func (c Config) checkModel() error {
	if !c.hasModel() {
		if c.ModelURL != "" || c.ModelKey != "" {
			return errors.New("LATCHKEY_MODEL: should name a model, since LATCHKEY_MODEL_URL or LATCHKEY_MODEL_KEY is set")
		}
		return nil
	}
	if c.ModelURL == "" && c.ModelKey == "" {
		return fmt.Errorf("LATCHKEY_MODEL: needs LATCHKEY_MODEL_URL, or LATCHKEY_MODEL_KEY for %s", openai.DefaultURL)
	}
	if c.ModelAzureVersion != "" && c.ModelURL == "" {
		return errors.New("LATCHKEY_MODEL_AZURE_VERSION: needs LATCHKEY_MODEL_URL, such as https://NAME.openai.azure.com")
	}
	if c.ModelTimeout <= 0 {
		return errors.New("LATCHKEY_MODEL_TIMEOUT: should be longer than nothing")
	}
	for name, n := range map[string]int{
		"LATCHKEY_MODEL_CALLS_PER_CONVERSATION": c.ModelConversationCalls, "LATCHKEY_MODEL_TOKENS_PER_CONVERSATION": c.ModelConversationTokens,
		"LATCHKEY_MODEL_CALLS_PER_DAY": c.ModelDayCalls, "LATCHKEY_MODEL_TOKENS_PER_DAY": c.ModelDayTokens,
	} {
		if n < 0 {
			return fmt.Errorf("%s: should not be negative", name)
		}
	}
	_, err := c.model(nil)
	return err
}

// model makes the model that is configured; nil if none is.
func (c Config) model(log *slog.Logger) (*openai.Model, error) {
	if !c.hasModel() {
		return nil, nil
	}
	when, err := openai.ParseWhen(c.ModelWhen)
	if err != nil {
		return nil, fmt.Errorf("LATCHKEY_MODEL_WHEN: %w", err)
	}
	prompts, err := openai.LoadPrompts(c.ModelPrompts)
	if err != nil {
		return nil, fmt.Errorf("LATCHKEY_MODEL_PROMPTS: %w", err)
	}
	m, err := openai.New(openai.Options{
		URL: c.ModelURL, Key: string(c.ModelKey), Model: c.Model, Embed: c.ModelEmbed, AzureVersion: c.ModelAzureVersion,
		When: when, Timeout: c.ModelTimeout, Prompts: prompts, Vectors: filepath.Join(c.Data, "embeddings"), Log: log,
		Limits: openai.Limits{
			ConversationCalls: c.ModelConversationCalls, ConversationTokens: c.ModelConversationTokens,
			DayCalls: c.ModelDayCalls, DayTokens: c.ModelDayTokens,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("LATCHKEY_MODEL_URL: %w", err)
	}
	return m, nil
}

// reader gives what reads typed text for a book: without a model, and with it where that is
// configured.
func reader(m *openai.Model) func(*flows.Book) flows.Reader {
	return func(b *flows.Book) flows.Reader {
		if m == nil {
			return b.Matcher()
		}
		return m.Reader(b.Matcher())
	}
}

// writer lets a model phrase what the articles say.
type writer struct{ *openai.Model }

// Write gives the model's sentences; none when it could not be asked, or said nothing that stands
// in the passages.
func (w writer) Write(ctx context.Context, question, lang string, from []kb.Passage) ([]kb.Sentence, error) {
	var passages []openai.Passage
	for _, p := range from {
		passages = append(passages, openai.Passage{ArticleID: p.Article, Title: p.Title, Text: p.Text})
	}
	written, ok := w.Model.Write(ctx, question, lang, passages)
	if !ok {
		return nil, nil
	}
	var sentences []kb.Sentence
	for _, s := range written {
		sentences = append(sentences, kb.Sentence{Text: s.Text, From: s.From, Quote: s.Quote})
	}
	return sentences, nil
}

// ranking gives the articles with the model that tells what is near in meaning, and the ranker that
// has to be prepared; nil where no model for embeddings is configured.
func ranking(base *kb.Base, m *openai.Model) (*kb.Base, *openai.Ranker) {
	if m == nil || !m.Embeds() {
		return base, nil
	}
	r := m.Ranker(base)
	return base.Ranking(r), r
}

// writing gives the articles with the model that phrases their answers, where one is configured.
func writing(c Config, base *kb.Base, m *openai.Model) *kb.Base {
	if m == nil || c.Model == "" {
		return base
	}
	return base.Writing(writer{m})
}

// modelLine says at the start whether there is a model, and what it does.
func modelLine(c Config, m *openai.Model) (name, text string) {
	switch {
	case m == nil:
		return "model off", "LATCHKEY_MODEL is not set: texts are read by the trees' own phrases"
	case c.Model == "":
		return "model on", fmt.Sprintf("%s at %s, for the search only", c.ModelEmbed, m.Host())
	}
	text = fmt.Sprintf("%s at %s, asked %s", c.Model, m.Host(), map[openai.When]string{
		openai.Unsure: "where the phrases are not sure", openai.Always: "about every text", openai.Never: "for answers only",
	}[openai.When(c.ModelWhen)])
	if c.ModelEmbed != "" {
		text += "; " + c.ModelEmbed + " for the search"
	}
	return "model on", text
}
