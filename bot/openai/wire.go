package openai

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	// mostChat is what an answer takes at most, in bytes: five sentences with their quotes are
	// 4 KiB, and some servers send their reasoning beside them.
	mostChat = 256 << 10
	// mostVectors holds a batch of vectors of 4,096 numbers written out.
	mostVectors = 16 << 20
)

var errLarge = errors.New("openai: the answer is too large")

// transport is the usual one with the patience of a call: whoever does not even take the connection
// in half of it, is not there.
func transport(patience time.Duration) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: patience / 2, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = patience / 2
	t.MaxResponseHeaderBytes = 64 << 10
	t.MaxConnsPerHost = 32
	t.MaxIdleConnsPerHost = 8
	return t
}

// answered is what the library does not tell of an answer.
type answered struct {
	status int
	after  time.Duration
}

type answeredKey struct{}

// noting gives a context in which the answer's status is noted.
func noting(ctx context.Context) (context.Context, *answered) {
	a := new(answered)
	return context.WithValue(ctx, answeredKey{}, a), a
}

// wire notes the status of answers, of which the library loses some, and ends those that do not.
type wire struct {
	base http.RoundTripper
	most int64
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := w.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if a, ok := req.Context().Value(answeredKey{}).(*answered); ok {
		a.status, a.after = res.StatusCode, retryAfter(res.Header.Get("Retry-After"))
	}
	res.Body = &bounded{res.Body, w.most}
	return res, nil
}

// retryAfter reads the seconds that a server asks for. A date says nothing here: its clock and ours
// need not agree.
func retryAfter(header string) time.Duration {
	s, err := strconv.ParseFloat(header, 64)
	if err != nil || !(s > 0) {
		return 0
	}
	return time.Duration(min(s, LongestRest.Seconds()) * float64(time.Second))
}

// bounded is a body that ends with an error when it is too long.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
