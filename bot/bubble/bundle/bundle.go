// Command bundle joins the scripts of the widget into the three files that are sent to
// browsers, with nothing but Go: `go generate ./bot/bubble`. They are kept in the tree, so that
// the program is built without any of this, and a test holds them to their sources.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// entries are the scripts that are asked for, and what each becomes.
var entries = []struct {
	from, to string
	format   api.Format
}{
	{"latchkey.ts", "latchkey.js", api.FormatIIFE},
	{"module.ts", "latchkey.mjs", api.FormatESModule},
	{"panel.ts", "panel.js", api.FormatESModule},
}

func main() {
	files, err := bundle("widget")
	if err == nil {
		err = os.MkdirAll("widget/dist", 0o755)
	}
	for name, data := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join("widget", "dist", name), data, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

// bundle gives the files by name.
func bundle(folder string) (map[string][]byte, error) {
	files := map[string][]byte{}
	var errs []error
	for _, e := range entries {
		result := api.Build(api.BuildOptions{
			EntryPoints: []string{filepath.Join(folder, e.from)},
			Bundle:      true,
			Format:      e.format,
			// Style sheets that are made by script, without which no strict page could be
			// served: Chrome 73, Firefox 101, Safari 16.4.
			Engines: []api.Engine{
				{Name: api.EngineChrome, Version: "111"},
				{Name: api.EngineFirefox, Version: "114"},
				{Name: api.EngineSafari, Version: "16.4"},
			},
			MinifyWhitespace:  true,
			MinifyIdentifiers: true,
			MinifySyntax:      true,
			LegalComments:     api.LegalCommentsNone,
			Charset:           api.CharsetUTF8,
			// Not the type checker's own: by its "strict" a script would begin with "use strict",
			// which the classes in it are anyway, and TypeScript 7 knows no way to say otherwise.
			TsconfigRaw: `{"compilerOptions": {"target": "es2022", "verbatimModuleSyntax": true}}`,
			Plugins:     []api.Plugin{sheets},
		})
		for _, m := range result.Errors {
			errs = append(errs, fmt.Errorf("%s:%d:%d: %s", m.Location.File, m.Location.Line, m.Location.Column, m.Text))
		}
		for _, f := range result.OutputFiles {
			files[e.to] = f.Contents
		}
	}
	return files, errors.Join(errs...)
}

// sheets has style sheets come as text without spaces and comments, for a script to adopt.
var sheets = api.Plugin{Name: "sheets", Setup: func(b api.PluginBuild) {
	b.OnLoad(api.OnLoadOptions{Filter: `\.css$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		data, err := os.ReadFile(args.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		small := api.Transform(string(data), api.TransformOptions{
			Loader: api.LoaderCSS, Sourcefile: args.Path, MinifyWhitespace: true, MinifySyntax: true, Charset: api.CharsetUTF8,
		})
		text := string(small.Code)
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderText, Errors: small.Errors, Warnings: small.Warnings}, nil
	})
}}
