package slackchat

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// pace obeys Slack when it says that a method is called too often: until the time it names, nobody
// in this process calls that method, and whoever tries is told how long to wait. It stands where
// the requests leave, so that no caller can forget it.
type pace struct {
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	until map[string]time.Time
}

// Do sends a request, unless it has to wait: the error is a [*slack.RateLimitedError] then, as it is
// when Slack says so itself.
func (p *pace) Do(r *http.Request) (*http.Response, error) {
	key := limitedTogether(r)
	if wait := p.wait(key); wait > 0 {
		return nil, &slack.RateLimitedError{RetryAfter: wait}
	}
	res, err := p.client.Do(r)
	if err == nil && res.StatusCode == http.StatusTooManyRequests && key != "" {
		if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
			p.hold(key, time.Duration(seconds)*time.Second)
		}
	}
	return res, err
}

func (p *pace) wait(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until[key].Sub(p.now())
}

func (p *pace) hold(key string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	maps.DeleteFunc(p.until, func(_ string, until time.Time) bool { return !until.After(now) })
	if p.until == nil {
		p.until = map[string]time.Time{}
	}
	if until := now.Add(wait); until.After(p.until[key]) {
		p.until[key] = until
	}
}

// perChannel are the methods that Slack limits for each channel and not for the whole workspace:
// https://docs.slack.dev/apis/web-api/rate-limits
var perChannel = map[string]bool{"chat.postMessage": true}

// limitedTogether names what shares a limit with a request; empty when it is no call of a method.
func limitedTogether(r *http.Request) string {
	_, method, _ := strings.Cut(r.URL.Path, "/api/")
	if !perChannel[method] || r.GetBody == nil {
		return method
	}
	body, err := r.GetBody()
	if err != nil {
		return method
	}
	defer body.Close()
	raw, err := io.ReadAll(body)
	if err != nil {
		return method
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return method
	}
	return method + " " + form.Get("channel")
}
