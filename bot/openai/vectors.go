package openai

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"

	lru "github.com/hashicorp/golang-lru/v2"
)

// keptAtOnce vectors stay in memory: of 3,072 numbers they are 12 KiB each.
const keptAtOnce = 4096

// vectorStore keeps the vectors of texts by a hash of what they are of: the text, the model and where
// it is. What cannot be read is asked for again.
type vectorStore struct {
	folder, model string
	memory        *lru.Cache[string, []float32]
}

func newVectorStore(folder, url, model string) *vectorStore {
	memory, err := lru.New[string, []float32](keptAtOnce)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &vectorStore{folder, url + "\x00" + model, memory}
}

func (s *vectorStore) key(text string) string {
	sum := sha256.Sum256([]byte(s.model + "\x00" + text))
	return hex.EncodeToString(sum[:])
}

// file is in one of 256 folders, so that none holds too many.
func (s *vectorStore) file(key string) string {
	return filepath.Join(s.folder, key[:2], key[2:]+".f32")
}

func (s *vectorStore) get(text string) ([]float32, bool) {
	key := s.key(text)
	if v, ok := s.memory.Get(key); ok {
		return v, true
	}
	if s.folder == "" {
		return nil, false
	}
	raw, err := os.ReadFile(s.file(key))
	if err != nil || len(raw) == 0 || len(raw)%4 != 0 {
		return nil, false
	}
	v := make([]float32, len(raw)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	v, ok := unit(v)
	if ok {
		s.memory.Add(key, v)
	}
	return v, ok
}

// put keeps a vector. A file is there whole or not at all.
func (s *vectorStore) put(text string, v []float32) error {
	key := s.key(text)
	s.memory.Add(key, v)
	if s.folder == "" {
		return nil
	}
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	file := s.file(key)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("openai: keep a vector: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return fmt.Errorf("openai: keep a vector: %w", err)
	}
	defer os.Remove(tmp.Name()) // when it was renamed it is not there
	_, err = tmp.Write(raw)
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("openai: keep a vector: %w", err)
	}
	return nil
}
