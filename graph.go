package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/flows"
)

func (p program) graphCommand(c *Config) *cobra.Command {
	var o flows.DrawOptions
	var file, format, path string
	cmd := &cobra.Command{
		Use:   "graph [FLOW]",
		Short: "Draw a decision tree as SVG or Mermaid",
		Long: "Draw a decision tree, by default the first one, for people who want to see it whole:\n" +
			"every step with its words, where each choice leads, and how it can end.\n" +
			"A large tree is drawn in parts. An example conversation is emphasised.",
		Example: "  latchkey graph client -o client.svg\n" +
			"  latchkey graph client --lang fr --part invitation -o invitation.svg\n" +
			"  latchkey graph reset --format mermaid",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Flow = args[0]
			}
			return p.graph(*c, o, file, format, path)
		},
	}
	cmd.Flags().StringVar(&o.Lang, "lang", "", "language of the words (default: the first of the flow files)")
	cmd.Flags().StringVar(&o.Part, "part", "", "only what is reached through this step")
	cmd.Flags().StringVar(&path, "path", "", "file with a conversation to emphasise, written as in flows/testdata; none: emphasise nothing")
	cmd.Flags().StringVarP(&file, "output", "o", "", "file to write (default: to the terminal)")
	cmd.Flags().StringVar(&format, "format", "", "svg or mermaid (default: by the file's ending, else svg)")
	return cmd
}

// noPath is the value of --path that emphasises nothing.
const noPath = "none"

func (p program) graph(c Config, o flows.DrawOptions, file, format, path string) error {
	book, err := loadBook(c)
	if err != nil {
		return err
	}
	if book, err = book.With(c.variables()); err != nil {
		return err
	}
	if format == "" {
		format = "svg"
		if strings.HasSuffix(file, ".mmd") || strings.HasSuffix(file, ".mermaid") {
			format = "mermaid"
		}
	}
	draw := book.Draw
	switch format {
	case "svg":
	case "mermaid":
		draw = book.Mermaid
	default:
		return fmt.Errorf("--format %s: there are svg and mermaid", format)
	}
	var picture bytes.Buffer
	switch path {
	case noPath:
		err = draw(&picture, o)
	case "":
		// Trees of one's own may have left the example behind: then nothing is emphasised.
		example := flows.Seed()
		o.Path = &example
		if err = draw(&picture, o); errors.As(err, new(flows.Problems)) {
			picture.Reset()
			o.Path = nil
			err = draw(&picture, o)
		}
	default:
		var text []byte
		if text, err = os.ReadFile(path); err != nil {
			return err
		}
		t, parseErr := flows.ParseTranscript(path, string(text))
		if parseErr != nil {
			return parseErr
		}
		if o.Flow == "" {
			o.Flow = t.As
		}
		if book.HasFlow(o.Flow) && t.As != o.Flow {
			return fmt.Errorf("--path %s: this is a conversation in the tree %s, not in %s", path, t.As, o.Flow)
		}
		o.Path = &t
		err = draw(&picture, o)
	}
	if err != nil {
		return err
	}
	if file != "" {
		return os.WriteFile(file, picture.Bytes(), 0o644)
	}
	_, err = picture.WriteTo(p.out)
	return err
}
