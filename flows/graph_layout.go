package flows

import "slices"

// box is something to be placed in a layered drawing: layers are columns from left to right,
// and links run from a port on the right of one box to the left of another.
type box struct {
	w, h  float64
	in    float64 // how far below the top links arrive
	x, y  float64 // set by place
	layer int     // set by layer
	pos   int     // set by order: the place in the layer
	relay bool    // a point that a long link runs through
}

// link is a line from a box to another. Between the two it may run through relays.
type link struct {
	from, to *box
	port     float64 // how far below the top of from it leaves
	via      []*box
}

// layout is a layered drawing: layers are chosen first, then the order in each that lets the
// fewest lines cross, then the places that keep the lines short.
type layout struct {
	boxes  []*box
	links  []*link
	layers [][]*box
	hops   []hop
}

// hop is a piece of a link between two neighbouring layers.
type hop struct {
	from, to *box
	port     float64
}

// Distances in a drawing.
const (
	columnGap = 56.0
	boxGap    = 18.0
	relayGap  = 9.0
)

// loops gives the links that lead back: those of a circle that run against the order of the
// boxes, which is that of the file and so of the author's mind.
func loops(boxes []*box, links []*link) map[*link]bool {
	index := map[*box]int{}
	for i, bx := range boxes {
		index[bx] = i
	}
	back := map[*link]bool{}
	for _, l := range links {
		if index[l.to] <= index[l.from] && leads(l.to, l.from, links) {
			back[l] = true
		}
	}
	return back
}

// leads says whether links lead from one box to another.
func leads(from, to *box, links []*link) bool {
	seen := map[*box]bool{from: true}
	for queue := []*box{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, l := range links {
			if l.from == queue[0] && !seen[l.to] {
				seen[l.to] = true
				queue = append(queue, l.to)
			}
		}
	}
	return false
}

// assignLayers puts every box right of those that lead to it, and as near to its neighbours as
// that allows. The links must not go round.
func assignLayers(boxes []*box, links []*link) {
	for _, bx := range boxes {
		bx.layer = 0
	}
	for changed := true; changed; {
		changed = false
		for _, l := range links {
			if l.to.layer <= l.from.layer {
				l.to.layer, changed = l.from.layer+1, true
			}
		}
	}
	for range len(boxes) {
		moved := false
		for _, bx := range boxes {
			lo, hi, pull := 0, bx.layer, 0
			first := true
			for _, l := range links {
				if l.to == bx {
					lo = max(lo, l.from.layer+1)
					pull--
				}
				if l.from == bx {
					if first || l.to.layer-1 < hi {
						hi = l.to.layer - 1
					}
					first = false
					pull++
				}
			}
			want := bx.layer
			if pull > 0 {
				want = hi
			} else if pull < 0 {
				want = lo
			}
			if want != bx.layer {
				bx.layer, moved = want, true
			}
		}
		if !moved {
			break
		}
	}
	var used []int
	for _, bx := range boxes {
		used = append(used, bx.layer)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	for _, bx := range boxes {
		bx.layer = slices.Index(used, bx.layer)
	}
}

// arrange orders and places the boxes, whose layers and sizes are set, and gives the size of
// the whole.
func arrange(boxes []*box, links []*link) (w, h float64) {
	d := &layout{boxes: boxes, links: links}
	d.relays()
	d.order()
	return d.place()
}

// relays fills the layers, and cuts long links into hops.
func (d *layout) relays() {
	n := 0
	for _, bx := range d.boxes {
		n = max(n, bx.layer+1)
	}
	d.layers = make([][]*box, n)
	for _, bx := range d.boxes {
		d.layers[bx.layer] = append(d.layers[bx.layer], bx)
	}
	for _, l := range d.links {
		l.via = nil
		from, port := l.from, l.port
		for layer := l.from.layer + 1; layer < l.to.layer; layer++ {
			relay := &box{layer: layer, relay: true}
			l.via = append(l.via, relay)
			d.layers[layer] = append(d.layers[layer], relay)
			d.hops = append(d.hops, hop{from, relay, port})
			from, port = relay, 0
		}
		d.hops = append(d.hops, hop{from, l.to, port})
	}
}

// order sorts each layer by the middle of its neighbours, to and fro, and keeps the best.
func (d *layout) order() {
	d.number()
	best, least := d.snapshot(), d.crossings()
	for sweep := range 24 {
		if least == 0 {
			break
		}
		if sweep%2 == 0 {
			for i := 1; i < len(d.layers); i++ {
				d.sortLayer(i, true)
			}
		} else {
			for i := len(d.layers) - 2; i >= 0; i-- {
				d.sortLayer(i, false)
			}
		}
		d.transpose()
		if n := d.crossings(); n < least {
			best, least = d.snapshot(), n
		}
	}
	d.layers = best
	d.number()
}

func (d *layout) number() {
	for _, layer := range d.layers {
		for i, bx := range layer {
			bx.pos = i
		}
	}
}

func (d *layout) snapshot() [][]*box {
	out := make([][]*box, len(d.layers))
	for i, layer := range d.layers {
		out[i] = slices.Clone(layer)
	}
	return out
}

// leaves is where a hop leaves its layer: the place of the box, and within it the port.
func (p hop) leaves() float64 { return float64(p.from.pos) + p.port/(p.from.h+1) }

func (d *layout) sortLayer(i int, byLeft bool) {
	middle := map[*box]float64{}
	for _, bx := range d.layers[i] {
		sum, n := 0.0, 0.0
		for _, p := range d.hops {
			switch {
			case byLeft && p.to == bx:
				sum, n = sum+p.leaves(), n+1
			case !byLeft && p.from == bx:
				sum, n = sum+float64(p.to.pos), n+1
			}
		}
		middle[bx] = float64(bx.pos)
		if n > 0 {
			middle[bx] = sum / n
		}
	}
	slices.SortStableFunc(d.layers[i], func(a, b *box) int {
		switch {
		case middle[a] < middle[b]:
			return -1
		case middle[a] > middle[b]:
			return 1
		}
		return 0
	})
	d.number()
}

// transpose swaps neighbours as long as that takes crossings away.
func (d *layout) transpose() {
	for range 8 {
		better := false
		for _, layer := range d.layers {
			for i := 0; i+1 < len(layer); i++ {
				before := d.crossings()
				swap := func() {
					layer[i], layer[i+1] = layer[i+1], layer[i]
					layer[i].pos, layer[i+1].pos = i, i+1
				}
				swap()
				if d.crossings() < before {
					better = true
				} else {
					swap()
				}
			}
		}
		if !better {
			return
		}
	}
}

func (d *layout) crossings() int {
	n := 0
	for i, p := range d.hops {
		for _, q := range d.hops[i+1:] {
			if p.from.layer == q.from.layer && (p.leaves()-q.leaves())*float64(p.to.pos-q.to.pos) < 0 {
				n++
			}
		}
	}
	return n
}

// place gives the columns their x, and every box the y that keeps its lines most level.
func (d *layout) place() (w, h float64) {
	for _, layer := range d.layers {
		width := 0.0
		for _, bx := range layer {
			width = max(width, bx.w)
		}
		for _, bx := range layer {
			bx.x = w
			if bx.relay {
				bx.w = width
			}
		}
		w += width + columnGap
		d.settle(layer, func(*box) (float64, bool) { return 0, true })
	}
	for sweep := range 12 {
		left, right := sweep%2 == 0, sweep%2 == 1
		if sweep >= 8 {
			left, right = true, true
		}
		for i := range d.layers {
			if right && !left {
				i = len(d.layers) - 1 - i
			}
			d.settle(d.layers[i], func(bx *box) (float64, bool) { return d.wish(bx, left, right) })
		}
	}
	top := 0.0
	for i, bx := range slices.Concat(d.layers...) {
		if i == 0 || bx.y < top {
			top = bx.y
		}
	}
	for _, bx := range slices.Concat(d.layers...) {
		bx.y -= top
		h = max(h, bx.y+bx.h)
	}
	return max(w-columnGap, 0), h
}

// wish is where a box would stand so that its lines are level on the whole.
func (d *layout) wish(bx *box, left, right bool) (float64, bool) {
	sum, n := 0.0, 0.0
	for _, p := range d.hops {
		if left && p.to == bx {
			sum, n = sum+p.from.y+p.port-bx.in, n+1
		}
		if right && p.from == bx {
			sum, n = sum+p.to.y+p.to.in-p.port, n+1
		}
	}
	if n == 0 {
		return bx.y, false
	}
	return sum / n, true
}

// settle moves the boxes of a layer to where they wish to be, as nearly as their order and
// their distances allow: neighbours that would overlap form a block at the mean of their wishes.
func (d *layout) settle(layer []*box, wish func(*box) (float64, bool)) {
	type block struct {
		sum, weight float64
		n           int
	}
	offsets := make([]float64, len(layer))
	var blocks []block
	mean := func(k block) float64 { return k.sum / k.weight }
	for i, bx := range layer {
		if i > 0 {
			gap := boxGap
			if bx.relay || layer[i-1].relay {
				gap = relayGap
			}
			offsets[i] = offsets[i-1] + layer[i-1].h + gap
		}
		y, tied := wish(bx)
		weight := 1.0
		if !tied {
			weight = 0.05
		}
		blocks = append(blocks, block{(y - offsets[i]) * weight, weight, 1})
		for n := len(blocks); n > 1 && mean(blocks[n-2]) > mean(blocks[n-1]); n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{a.sum + b.sum, a.weight + b.weight, a.n + b.n})
		}
	}
	i := 0
	for _, k := range blocks {
		for range k.n {
			layer[i].y = mean(k) + offsets[i]
			i++
		}
	}
}
