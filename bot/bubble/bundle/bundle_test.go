package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"latchkey/bot/bubble/browsertest"
)

// What is in the tree is what the sources give, byte for byte: nobody changes it by hand, and
// nobody forgets to make it.
func TestTheBundleIsOfItsSources(t *testing.T) {
	made, err := bundle("../widget")
	if err != nil {
		t.Fatal(err)
	}
	const dist = "../widget/dist"
	kept, err := os.ReadDir(dist)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range kept {
		if made[e.Name()] == nil {
			t.Errorf("%s is made of nothing", e.Name())
		}
	}
	for name, want := range made {
		if have, err := os.ReadFile(filepath.Join(dist, name)); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is old: `go generate ./bot/bubble` (%v)", name, err)
		}
	}
}

// A mistake in the sources is told with its place.
func TestABrokenSource(t *testing.T) {
	dir := t.TempDir()
	for _, e := range entries {
		if err := os.WriteFile(filepath.Join(dir, e.from), []byte("let = ;"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bundle(dir); err == nil || !bytes.Contains([]byte(err.Error()), []byte("panel.ts:1:")) {
		t.Errorf("told: %v", err)
	}
}

func TestTheTypes(t *testing.T) {
	browsertest.TypeCheck(t, "../widget")
}
