package flows

import (
	"math/rand/v2"
	"testing"
)

func boxesOf(n int, h float64) []*box {
	out := make([]*box, n)
	for i := range out {
		out[i] = &box{w: 100, h: h, in: 10}
	}
	return out
}

// A chain stands in columns, and its circle is closed by the link that runs back.
func TestLayersAndLoops(t *testing.T) {
	b := boxesOf(4, 40)
	links := []*link{{from: b[0], to: b[1]}, {from: b[1], to: b[2]}, {from: b[2], to: b[1]}, {from: b[0], to: b[3]}, {from: b[2], to: b[3]}}
	back := loops(b, links)
	if len(back) != 1 || !back[links[2]] {
		t.Fatalf("the way back is not the one from 2 to 1: %v", back)
	}
	assignLayers(b, []*link{links[0], links[1], links[3], links[4]})
	for i, bx := range b {
		if bx.layer != i {
			t.Errorf("box %d is in layer %d", i, bx.layer)
		}
	}
}

// Lines that can run without crossing do not cross.
func TestOrderTakesCrossingsAway(t *testing.T) {
	b := boxesOf(6, 40)
	links := []*link{{from: b[0], to: b[5]}, {from: b[1], to: b[4]}, {from: b[2], to: b[3]}}
	assignLayers(b, links)
	arrange(b, links)
	for i, l := range links {
		for _, other := range links[i+1:] {
			if (l.from.y-other.from.y)*(l.to.y-other.to.y) < 0 {
				t.Error("two lines cross")
			}
		}
		if l.from.y != l.to.y+l.to.in-l.port {
			t.Errorf("line %d is not level", i)
		}
	}
}

// Whatever the links: no two boxes overlap, and links run to the right.
func TestArrangeAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		b := boxesOf(2+r.IntN(14), 0)
		for _, bx := range b {
			bx.h = 20 + float64(r.IntN(200))
		}
		var links []*link
		for range r.IntN(25) {
			i, k := r.IntN(len(b)), r.IntN(len(b))
			if i < k {
				links = append(links, &link{from: b[i], to: b[k], port: r.Float64() * b[i].h})
			}
		}
		assignLayers(b, links)
		w, h := arrange(b, links)
		for i, bx := range b {
			if bx.x < 0 || bx.y < -0.01 || bx.x+bx.w > w+0.01 || bx.y+bx.h > h+0.01 {
				t.Fatalf("a box stands outside of the %v × %v", w, h)
			}
			for _, other := range b[i+1:] {
				if bx.x < other.x+other.w && other.x < bx.x+bx.w && bx.y < other.y+other.h && other.y < bx.y+bx.h {
					t.Fatal("two boxes overlap")
				}
			}
		}
		for _, l := range links {
			if l.from.x+l.from.w >= l.to.x {
				t.Fatal("a link runs back")
			}
		}
	}
}

// A long row is broken where one link runs rather than where many do, and no band is too long.
func TestBands(t *testing.T) {
	b := boxesOf(mostColumns+3, 40)
	var links []*link
	for i := range len(b) - 1 {
		links = append(links, &link{from: b[i], to: b[i+1]})
		if i != 4 {
			links = append(links, &link{from: b[i], to: b[i+1]}, &link{from: b[i], to: b[i+1]})
		}
	}
	assignLayers(b, links)
	band := bands(len(b), links)
	size := map[int]int{}
	for _, n := range band {
		size[n]++
	}
	for n, k := range size {
		if k > mostColumns {
			t.Errorf("band %d has %d columns", n, k)
		}
	}
	if band[4] == band[5] {
		t.Errorf("the row is not broken at its weakest place: %v", band)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want []string
	}{
		{"one two three four five six", 3, []string{"one two three four", "five six"}},
		{"1. a\n2. b", 3, []string{"1. a", "2. b"}},
		{"one two three four five six seven eight nine ten", 2, []string{"one two three four", "five six seven eight…"}},
		{"la vie : c'est ça", 2, []string{"la vie : c'est ça"}},
	} {
		got := wrap(c.text, 12, 130, c.most)
		for i, line := range got {
			if textWidth(line, 12) > 130 {
				t.Errorf("%q is wider than the card", line)
			}
			if i >= len(c.want) || line != c.want[i] {
				t.Errorf("wrap(%q) = %q, want %q", c.text, got, c.want)
				break
			}
		}
	}
	long := wrap("Donaudampfschifffahrtsgesellschaftskapitänsmützenband", 12, 100, 20)
	for _, line := range long {
		if textWidth(line, 12) > 100 {
			t.Errorf("%q is wider than the card", line)
		}
	}
}
