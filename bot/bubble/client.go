package bubble

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ParseProxies reads networks and single addresses, for [Options].Proxies.
func ParseProxies(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if strings.Contains(text, "/") {
			p, err := netip.ParsePrefix(text)
			if err != nil || p.Addr().Is4In6() {
				return nil, fmt.Errorf("%q is not a network such as 10.0.0.0/8", text)
			}
			all = append(all, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return nil, fmt.Errorf("%q is not an address such as 10.0.0.1, nor a network such as 10.0.0.0/8", text)
		}
		a = a.Unmap()
		all = append(all, netip.PrefixFrom(a, a.BitLen()))
	}
	return all, nil
}

// client is who asks, as far as limits go: an IPv4 address, or the /64 of an IPv6 address,
// since a household gets at least that much. Behind proxies that are known, it is who they say.
func (b *Bubble) client(r *http.Request) netip.Prefix {
	var peer netip.Addr // stays invalid for what has no address, such as a local socket
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		peer = at.Addr()
	}
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 {
		return household(peer)
	}
	if !b.proxy(peer) {
		b.unlisted.Do(func() {
			b.log.Warn("X-Forwarded-For of an address that is not a known proxy is ignored: if a proxy stands there, list it, or all its visitors share the limits of one",
				"peer", peer)
		})
		return household(peer)
	}
	// Each proxy adds on the right whom it heard it from. What stands left of the first
	// stranger is that stranger's own tale.
	all := strings.Split(strings.Join(forwarded, ","), ",")
	for _, entry := range slices.Backward(all) {
		a, ok := forwardedAddr(strings.TrimSpace(entry))
		if !ok {
			break
		}
		if !b.proxy(a) {
			return household(a)
		}
	}
	return household(peer)
}

// forwardedAddr reads an entry of X-Forwarded-For. Some proxies add the port.
func forwardedAddr(entry string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		return a, true
	}
	at, err := netip.ParseAddrPort(entry)
	return at.Addr(), err == nil
}

func (b *Bubble) proxy(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(b.opts.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

func household(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits) // of an invalid address an invalid prefix, which is a key as well
	return p
}
