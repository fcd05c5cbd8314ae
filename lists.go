package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// What the commands that list things have in common.

// asLines adds the flag for one JSON object a line.
func asLines(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "one JSON object a line")
}

// writeLines writes one JSON object a line.
func writeLines[T any](w io.Writer, all []T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, it := range all {
		if err := enc.Encode(it); err != nil {
			return err
		}
	}
	return nil
}

// since is how far back a list goes.
type since struct{ age string }

// sinceFlag adds the flag for how far back a list goes; usual is an age, or "" for all there is.
func sinceFlag(cmd *cobra.Command, usual string) *since {
	s := &since{}
	help := "only those of this last `time`: 30d, 12h"
	if usual == "" {
		help += " (default: all)"
	}
	cmd.Flags().StringVar(&s.age, "since", usual, help)
	return s
}

// time is when the list begins, zero for all there is.
func (s *since) time() (time.Time, error) {
	if s.age == "" {
		return time.Time{}, nil
	}
	age, err := parseAge(s.age)
	if err != nil {
		return time.Time{}, fmt.Errorf("--since %s: %w", s.age, err)
	}
	return time.Now().Add(-age), nil
}

// parseAge reads a length of time, also in days.
func parseAge(text string) (time.Duration, error) {
	days, isDays := strings.CutSuffix(text, "d")
	age, err := time.ParseDuration(text)
	if isDays {
		var n int
		n, err = strconv.Atoi(days)
		// A hundred years of days fit into a Duration.
		age = time.Duration(min(n, 36500)) * 24 * time.Hour
	}
	if err != nil || age <= 0 {
		return 0, errors.New("that is no length of time; write 30d or 12h")
	}
	return age, nil
}
