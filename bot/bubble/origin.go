package bubble

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// origin is a site that may embed the bubble: one exactly, or all https sites below a domain.
type origin struct {
	exact string // "https://www.example.com", "capacitor://localhost", or nobody
	below string // ".example.com"
}

// nobody is what pages without an origin of their own say: those of a file, as in some apps, and
// of a sandboxed frame. https://html.spec.whatwg.org/multipage/browsers.html#origin
const nobody = "null"

// schemes are those that pages come from: the web's, and those of apps that bring their pages along
// (Capacitor, Ionic, Tauri, Cordova). Any other is more likely a slip of the pen.
var schemes = []string{"https", "http", "capacitor", "ionic", "tauri", "app"}

// CheckOrigin says what is wrong with an entry of [Options.Origins], for whoever reads a
// configuration; nil if nothing is.
func CheckOrigin(text string) error {
	_, err := parseOrigin(text)
	return err
}

func parseOrigin(text string) (origin, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if domain, ok := strings.CutPrefix(text, "*."); ok {
		// "*.com" would let in everybody.
		if !strings.Contains(domain, ".") || strings.ContainsAny(domain, "*/:@?# ") {
			return origin{}, errors.New(`want "*.example.com"`)
		}
		return origin{below: "." + domain}, nil
	}
	if text == nobody {
		return origin{exact: nobody}, nil
	}
	u, err := url.Parse(text)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" ||
		text != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, "*@;, ") {
		return origin{}, errors.New(`want "https://host", "https://host:port", "*.example.com", for an app "capacitor://localhost" or the like, or "null" for pages without an origin`)
	}
	return origin{exact: plainOrigin(u)}, nil
}

// plainOrigin writes an origin as browsers do: without the port that goes without saying.
func plainOrigin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host
}

// allowed says whether a page of this origin may open a socket. Programs that are not
// browsers send no Origin; they could as well send a false one, so nothing is gained by
// turning them away.
func (b *Bubble) allowed(r *http.Request) bool {
	from := r.Header.Get("Origin")
	if from == "" {
		return true
	}
	if from == nobody {
		return slices.Contains(b.origins, origin{exact: nobody})
	}
	u, err := url.Parse(from)
	if err != nil || u.Host == "" {
		return false
	}
	// Our own pages. Behind a proxy that asks for another host than people do, only the operator
	// knows where these are. (In a frame, 'self' is what the browser was asked for anyway.)
	if strings.EqualFold(u.Host, r.Host) || plainOrigin(u) == b.own {
		return true
	}
	for _, o := range b.origins {
		if o.exact != "" && o.exact == plainOrigin(u) {
			return true
		}
		if o.below != "" && u.Scheme == "https" && u.Port() == "" &&
			strings.HasSuffix(strings.ToLower(u.Hostname()), o.below) {
			return true
		}
	}
	return false
}

// notWelcome is told to pages that may not.
const notWelcome = "this origin may not embed the bubble"

// welcome is allowed, and has the operator know of pages that are not.
func (b *Bubble) welcome(r *http.Request) bool {
	if b.allowed(r) {
		return true
	}
	b.log.Warn("a page of this origin may not embed the bubble", "origin", r.Header.Get("Origin"))
	return false
}

// ancestors are the pages that may show ours in a frame, as a content policy lists them.
func (b *Bubble) ancestors() string {
	all := []string{"'self'"}
	for _, o := range b.origins {
		switch {
		case o.below != "":
			all = append(all, "https://*"+o.below)
		case o.exact != nobody: // a policy has no word for it
			all = append(all, o.exact)
		}
	}
	return strings.Join(all, " ")
}
