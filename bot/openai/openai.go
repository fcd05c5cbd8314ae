package openai

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/sashabaranov/go-openai"
)

// When says which texts a model is asked about.
type When string

// When a model is asked what somebody meant. Labels and numbers of choices, typed as they stand,
// never need one.
const (
	Unsure When = "unsure" // reading without it is not sure, or takes the text for a question
	Always When = "always" // at every text
	Never  When = "never"  // not at all; it only phrases answers and joins the search
)

// ParseWhen reads the name of a [When].
func ParseWhen(name string) (When, error) {
	if w := When(name); slices.Contains([]When{Unsure, Always, Never}, w) {
		return w, nil
	}
	return "", fmt.Errorf("openai: %q is not unsure, always or never", name)
}

// DefaultURL is where a model is when only a key is given.
const DefaultURL = "https://api.openai.com/v1"

// DefaultTimeout is how long somebody waits for a model before they get the answer without it.
const DefaultTimeout = 4 * time.Second

// Options say where a model is and how much it may be used.
type Options struct {
	// URL is the address of the API, such as http://localhost:11434/v1; empty: OpenAI's own.
	URL string
	// Key is sent with every call, if there is one.
	Key string
	// Model is the name of the model (at Azure, of the deployment); Embed that of the one for
	// embeddings. Empty: no such calls are made.
	Model, Embed string
	// AzureVersion is the api-version of Azure's API, such as 2024-10-21; empty: it is not Azure.
	AzureVersion string
	// When says which texts it is asked about; empty is [Unsure].
	When When
	// Timeout is for a whole call, with all that belongs to it; zero is [DefaultTimeout].
	Timeout time.Duration
	Limits  Limits
	// Prompts are from [LoadPrompts].
	Prompts Prompts
	// Vectors is a folder in which the embeddings of passages are kept; empty: in memory only.
	Vectors string
	// Now is the clock; nil takes the real one. Transport makes the requests; nil takes one that
	// is as patient as the calls are.
	Now       func() time.Time
	Transport http.RoundTripper
	Log       *slog.Logger
}

// Model is a model behind an API. It is safe for use by several goroutines.
type Model struct {
	o       Options
	chat    *api.Client
	vectors *api.Client
	budget  *budget
	breaker *breaker
	meter   meter
	kept    *vectorStore
	// plain: the server refuses a temperature, as it does for models that reason.
	plain atomic.Bool

	mu     sync.Mutex
	warned map[Failure]time.Time
}

// New makes a model. Nothing is sent before it is asked something.
func New(o Options) (*Model, error) {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// The address itself is not repeated: somebody may have put a key into it.
		return nil, errors.New("openai: the address should look like https://api.example.com/v1, without a user or a query")
	}
	if o.Model == "" && o.Embed == "" {
		return nil, errors.New("openai: no model is named")
	}
	if o.When == "" {
		o.When = Unsure
	}
	if _, err := ParseWhen(string(o.When)); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Prompts == (Prompts{}) {
		if o.Prompts, err = LoadPrompts(""); err != nil {
			return nil, err
		}
	}
	if o.Transport == nil {
		o.Transport = transport(o.Timeout)
	}
	m := &Model{
		o: o, budget: newBudget(o.Limits, o.Now), breaker: &breaker{now: o.Now},
		warned: map[Failure]time.Time{}, kept: newVectorStore(o.Vectors, o.URL, o.Embed),
	}
	m.chat = m.client(mostChat)
	m.vectors = m.client(mostVectors)
	return m, nil
}

// client makes a client that reads at most so many bytes of an answer.
func (m *Model) client(most int64) *api.Client {
	c := api.DefaultConfig(m.o.Key)
	if m.o.AzureVersion != "" {
		c = api.DefaultAzureConfig(m.o.Key, m.o.URL)
		c.APIVersion = m.o.AzureVersion
		c.AzureModelMapperFunc = func(name string) string { return name } // it is the deployment's
	}
	c.BaseURL = strings.TrimRight(m.o.URL, "/")
	c.HTTPClient = &http.Client{
		Transport: &wire{m.o.Transport, most},
		// Somewhere else the key has no business.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("openai: it sends us elsewhere") },
	}
	return api.NewClientWithConfig(c)
}

// Host is where the model is, for the operator.
func (m *Model) Host() string {
	u, err := url.Parse(m.o.URL)
	if err != nil {
		return "" // New has read it
	}
	return u.Host
}
