package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"latchkey/flows"
)

// firstTree is a tree with a step of most kinds, to be changed by whoever asked for it.
//
//go:embed newflow.yaml.tmpl
var firstTree string

func (p program) newCommand(c *Config) *cobra.Command {
	var file string
	flow := &cobra.Command{
		Use:   "flow NAME",
		Short: "Write a first decision tree, to be changed",
		Long: "Writes NAME.yaml into the folder LATCHKEY_FLOWS (or the current one): a small tree that loads\n" +
			"together with the others, in all their languages, with a comment at each kind of step.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.newFlow(*c, args[0], file) },
	}
	flow.Flags().StringVarP(&file, "output", "o", "", "file to write, in place of NAME.yaml in that folder")
	cmd := &cobra.Command{Use: "new", Short: "Write a new file to begin with", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(flow)
	return cmd
}

// flowName is what a tree can be called: it is a name in other files.
var flowName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (p program) newFlow(c Config, name, file string) error {
	if !flowName.MatchString(name) {
		return fmt.Errorf("%q cannot be the name of a tree: small letters, digits and _, beginning with a letter", name)
	}
	if file == "" {
		file = filepath.Join(c.Flows, name+".yaml")
	}
	if filepath.Ext(file) != ".yaml" {
		return fmt.Errorf("%s: only files that end in .yaml are read", file)
	}
	book, err := loadBook(c)
	if err != nil {
		return err
	}
	files := book.Files()
	if _, ok := files[filepath.Base(file)]; ok {
		return fmt.Errorf("there is a file %s among the decision trees already; choose another name", filepath.Base(file))
	}
	text, err := newTree(book, name)
	if err != nil {
		return err
	}
	files[filepath.Base(file)] = text
	if _, err := flows.LoadFiles(files); err != nil {
		return fmt.Errorf("a tree %q does not fit to the others:\n%w", name, err)
	}
	if err := writeNew(file, []byte(text)); err != nil {
		return err
	}
	schema := filepath.Join(filepath.Dir(file), "schema.json")
	if err := writeNew(schema, flows.Schema()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	fmt.Fprintf(p.out, "Wrote %s; editors complete names in it by %s.\n", file, schema)
	if c.Flows == "" {
		fmt.Fprintf(p.out, "Put it beside a copy of the shipped flows/*.yaml, and set LATCHKEY_FLOWS to that folder.\n")
	}
	fmt.Fprintf(p.out, "Try it while you write: latchkey chat --as %s --watch\n", name)
	return nil
}

// newTree writes a first tree in the languages of a book.
func newTree(book *flows.Book, name string) (string, error) {
	var codes, untranslated []string
	for _, l := range book.Languages() {
		codes = append(codes, l.Code)
		if l.Code != "en" && l.Code != "fr" {
			untranslated = append(untranslated, l.Code)
		}
	}
	t, err := template.New("tree").Funcs(template.FuncMap{
		"text": func(en, fr string) (string, error) {
			var parts []string
			for _, code := range codes {
				words := en
				if code == "fr" {
					words = fr
				}
				quoted, err := quote(words)
				if err != nil {
					return "", err
				}
				parts = append(parts, code+": "+quoted)
			}
			return "{" + strings.Join(parts, ", ") + "}", nil
		},
		"phrases": func(en, fr string) string {
			var parts []string
			for _, code := range codes {
				if list := map[string]string{"en": en, "fr": fr}[code]; list != "" {
					parts = append(parts, fmt.Sprintf("%s: [%s]", code, list))
				}
			}
			return "{" + strings.Join(parts, ", ") + "}"
		},
	}).Parse(firstTree)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{
		"Name": name, "Untranslated": strings.Join(untranslated, ", "),
		"Greets": len(book.Lacks([]string{"greeting_" + name})) > 0,
	})
	return b.String(), err
}

// quote writes a text as YAML reads it everywhere: the double quotes are those of JSON.
func quote(words string) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(words)
	return strings.TrimSpace(b.String()), err
}

// writeNew writes a file that is not there yet.
func writeNew(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and stays as it is: %w", name, fs.ErrExist)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
