package openai

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// countedAtOnce is how many conversations are counted apart; beyond it the one that has been silent
// for longest is counted anew. A count takes about 100 bytes.
const countedAtOnce = 20_000

// Limits say how much a model may be used by one process, within a day (UTC). Zero is no limit.
type Limits struct {
	// ConversationCalls and ConversationTokens are for each conversation, so that one person
	// cannot use up what there is for all.
	ConversationCalls, ConversationTokens int
	// DayCalls and DayTokens are for all of them together.
	DayCalls, DayTokens int
}

// used is what was asked for so far.
type used struct{ calls, tokens int }

func (u used) fits(tokens, maxCalls, maxTokens int) bool {
	return (maxCalls == 0 || u.calls < maxCalls) && (maxTokens == 0 || u.tokens+tokens <= maxTokens)
}

// budget counts. What a call will cost is known only afterwards, so that an estimate is put aside
// before it, and corrected then: many at once cannot spend the same tokens.
type budget struct {
	limits Limits
	now    func() time.Time

	mu  sync.Mutex
	day string
	all used
	by  *lru.Cache[string, used]
}

func newBudget(l Limits, now func() time.Time) *budget {
	by, err := lru.New[string, used](countedAtOnce)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &budget{limits: l, now: now, by: by}
}

// turn begins a new day's count.
func (b *budget) turn() {
	if day := b.now().UTC().Format(time.DateOnly); day != b.day {
		b.day, b.all = day, used{}
		b.by.Purge()
	}
}

// allows says whether a call of so many tokens may be made in a conversation; "" is none.
func (b *budget) allows(conversation string, tokens int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fits(conversation, tokens)
}

func (b *budget) fits(conversation string, tokens int) bool {
	b.turn()
	if !b.all.fits(tokens, b.limits.DayCalls, b.limits.DayTokens) {
		return false
	}
	if conversation == "" {
		return true
	}
	u, _ := b.by.Get(conversation)
	return u.fits(tokens, b.limits.ConversationCalls, b.limits.ConversationTokens)
}

// take puts a call of so many tokens aside. settle corrects it to what it cost.
func (b *budget) take(conversation string, tokens int) (settle func(cost int), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.fits(conversation, tokens) {
		return nil, false
	}
	b.add(conversation, 1, tokens)
	day := b.day
	return func(cost int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.turn(); b.day == day { // yesterday's call is not today's cost
			b.add(conversation, 0, cost-tokens)
		}
	}, true
}

func (b *budget) add(conversation string, calls, tokens int) {
	b.all.calls += calls
	b.all.tokens += tokens
	if conversation == "" {
		return
	}
	u, _ := b.by.Get(conversation)
	u.calls += calls
	u.tokens += tokens
	b.by.Add(conversation, u)
}
