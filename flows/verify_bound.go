package flows

// bound is the most questions somebody is asked who only ever answers them: the longest way
// through the classes of sessions, where a part that can turn in circles counts for twice the
// questions in it, as the loop guard puts none a third time. Classes are coarser than
// sessions, so the true number is not larger.
func (v *verifier) bound() int {
	part, parts := v.parts()
	weight := make([]int, parts)
	places := make([]map[Place]bool, parts)
	size := make([]int, parts)
	for i := range v.nodes {
		n := &v.nodes[i]
		if places[part[i]] == nil {
			places[part[i]] = map[Place]bool{}
		}
		size[part[i]]++
		if !n.Ended() {
			places[part[i]][n.At] = true
		}
	}
	for p := range parts {
		weight[p] = len(places[p])
		if size[p] > 1 {
			weight[p] *= maxGiven
		}
	}
	// Tarjan numbers a part after all it leads to, so one pass in that order is enough.
	longest := make([]int, parts)
	nodesOf := make([][]int, parts)
	for i, p := range part {
		nodesOf[p] = append(nodesOf[p], i)
	}
	most := 0
	for p := range parts {
		for _, i := range nodesOf[p] {
			for _, j := range v.nodes[i].straight {
				if part[j] != p {
					longest[p] = max(longest[p], longest[part[j]])
				}
			}
		}
		longest[p] += weight[p]
		most = max(most, longest[p])
	}
	return most
}

// parts gives for each node the number of its strongly connected part (Tarjan, 1972).
func (v *verifier) parts() (part []int, count int) {
	n := len(v.nodes)
	part = make([]int, n)
	index, low := make([]int, n), make([]int, n)
	onStack := make([]bool, n)
	var stack []int
	next := 1
	type frame struct{ node, edge int }
	for root := range n {
		if index[root] != 0 {
			continue
		}
		calls := []frame{{root, 0}}
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			i := f.node
			if f.edge == 0 {
				index[i], low[i] = next, next
				next++
				stack = append(stack, i)
				onStack[i] = true
			}
			if f.edge < len(v.nodes[i].straight) {
				j := v.nodes[i].straight[f.edge]
				f.edge++
				if index[j] == 0 {
					calls = append(calls, frame{j, 0})
				} else if onStack[j] {
					low[i] = min(low[i], index[j])
				}
				continue
			}
			if low[i] == index[i] {
				for {
					j := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					onStack[j] = false
					part[j] = count
					if j == i {
						break
					}
				}
				count++
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				up := calls[len(calls)-1].node
				low[up] = min(low[up], low[i])
			}
		}
	}
	return part, count
}
