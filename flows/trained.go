package flows

import (
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/hashicorp/golang-lru/v2"

	"latchkey/flows/classify"
)

// trained keeps the last classifiers by what they were trained from, so that versions of a book
// that differ in their trees only share one. A classifier holds about 10 MB.
var trained = func() *lru.Cache[[sha256.Size]byte, *sense] {
	c, err := lru.New[[sha256.Size]byte, *sense](4)
	if err != nil {
		panic(err) // the size is a constant of the program
	}
	return c
}()

// sense is what a book understands of a text apart from any step: a model trained from its
// intents, on first use.
type sense struct {
	once  sync.Once
	model *classify.Model
}

// model gives the book's classifier.
func (b *Book) model() *classify.Model {
	b.sense.once.Do(func() {
		examples, concepts, vetoes := b.examples(), b.concepts(), b.vetoes()
		// Maps are written in the order of their keys.
		data, err := json.Marshal([]any{examples, concepts, vetoes})
		if err != nil {
			panic(err) // strings only
		}
		key := sha256.Sum256(data)
		fresh := &sense{}
		shared, ok, _ := trained.PeekOrAdd(key, fresh)
		if !ok {
			shared = fresh
		}
		shared.once.Do(func() { shared.model = classify.Train(examples, concepts, vetoes) })
		b.sense.model = shared.model
	})
	return b.sense.model
}
