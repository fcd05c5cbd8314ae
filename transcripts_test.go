package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/flows"
)

// treesOfTheirOwn is a folder with the shipped trees and some conversations.
func treesOfTheirOwn(t *testing.T, conversations map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, flows.Shipped()); err != nil {
		t.Fatal(err)
	}
	for name, text := range conversations {
		file := filepath.Join(folder, "testdata", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// tests runs `latchkey test` beside a folder of trees.
func tests(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	p := program{out: &out, err: &errs, folder: t.TempDir()}
	if folder != "" {
		p.environ = []string{"LATCHKEY_FLOWS=" + folder}
	}
	err := p.run(t.Context(), append([]string{"test"}, args...))
	return out.String(), err
}

const (
	goodTalk = "# A person\nas: client\nlang: en\nclient> <works>\nbot> Great, I'm glad it works…\noutcome: resolved\n"
	badTalk  = "# Wrong words\nas: client\nlang: en\nclient> <works>\nbot> Congratulations\noutcome: resolved\n"
)

func TestTestCommand(t *testing.T) {
	folder := treesOfTheirOwn(t, map[string]string{"good.txt": goodTalk, "bad.txt": badTalk, "worse.txt": "robot> hi\n"})
	at := func(name string) string { return filepath.Join(folder, "testdata", name) }

	out, err := tests(t, folder)
	if err == nil || err.Error() != "conversations that failed: 2 of 3" {
		t.Errorf("the error: %v", err)
	}
	for _, want := range []string{
		"FAIL  Wrong words\n" + at("bad.txt") + ":5: expected: Congratulations\nthe bot says:\n  bot> Great, I'm glad it works",
		at("worse.txt") + ":1: a line begins with client>",
		"conversations: 3, failed: 2",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("should say %q, says\n%s", want, out)
		}
	}
	if out, err = tests(t, folder, at("good.txt")); err != nil || !strings.Contains(out, "conversations: 1, failed: 0") || strings.Contains(out, "->") {
		t.Errorf("one file: %v\n%s", err, out)
	}
	if out, err = tests(t, folder, at("good.txt"), "--uncovered"); err != nil || !strings.Contains(out, ": client -[person]-> client/") || strings.Contains(out, "client -[works]->") {
		t.Errorf("uncovered: %v\n%s", err, out)
	}
	out, err = tests(t, folder, "--json")
	var got tested
	if jsonErr := json.Unmarshal([]byte(out), &got); jsonErr != nil || err == nil {
		t.Fatalf("%v, %v\n%s", jsonErr, err, out)
	}
	if got.Conversations != 3 || got.Failed != 2 || len(got.Failures) < 2 || got.Failures[0].Line != 5 || len(got.Flows) == 0 || len(got.Uncovered) == 0 {
		t.Errorf("as JSON: %+v", got)
	}
}

func TestTestCommandUpdates(t *testing.T) {
	folder := treesOfTheirOwn(t, map[string]string{"good.txt": goodTalk, "bad.txt": badTalk})
	out, err := tests(t, folder, "--update")
	if err != nil || !strings.Contains(out, "updated "+filepath.Join(folder, "testdata", "bad.txt")) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = tests(t, folder, "--update"); err != nil || strings.Contains(out, "updated") {
		t.Errorf("again: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(folder, "testdata", "bad.txt"))
	if err != nil || !strings.Contains(string(text), "bot> Great, I'm glad it works") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestTestCommandFindsConversations(t *testing.T) {
	if _, err := tests(t, ""); err == nil || !strings.Contains(err.Error(), "name a folder or files") {
		t.Errorf("nowhere: %v", err)
	}
	if _, err := tests(t, "", "no/such.txt"); err == nil || !strings.Contains(err.Error(), "there is no file or folder no/such.txt") {
		t.Errorf("no such file: %v", err)
	}
	if _, err := tests(t, "", t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no conversation (*.txt)") {
		t.Errorf("an empty folder: %v", err)
	}
	// In the repository, the shipped conversations are found by themselves.
	var out bytes.Buffer
	p := program{out: &out, err: &out}
	if err := p.run(t.Context(), []string{"test"}); err != nil || !strings.Contains(out.String(), ", failed: 0") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// What --cover writes is passed, and covers what was missing.
func TestTestCommandCovers(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	book, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"words.yaml", "facts.yaml", "intents.yaml", "lexicon.yaml"} {
		write(name, book.Files()[name])
	}
	write("client.yaml", `flow: client
for: client
title: {en: Login, fr: Connexion}
begin: ask
always: {person: {go: person}, works: {go: fixed}, disabled: {go: person}, stuck: {go: person}}
steps:
  ask:
    ask: {en: Does it work?, fr: Ça marche?}
    choices:
      "yes": {label: {en: "Yes", fr: Oui}, go: fixed}
      "no":  {label: {en: "No", fr: Non}, go: person}
  person: {ticket: support, about: {en: Help, fr: Aide}}
  fixed: {resolved: {en: Good., fr: Bien.}}
`)
	write("one.txt", "as: client\nlang: en\nclient> [Yes]\noutcome: resolved\n")
	pattern := filepath.Join(folder, "edges-*.txt")
	for range 2 { // the second time, what the first wrote does not count
		out, err := tests(t, folder, folder, "--cover", pattern)
		if err != nil || !strings.Contains(out, "wrote "+filepath.Join(folder, "edges-client.txt")) {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	out, err := tests(t, folder, folder, "--uncovered")
	if err != nil || strings.Contains(out, "->") {
		t.Errorf("%v\n%s", err, out)
	}
}
