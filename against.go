package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"latchkey/bot"
	"latchkey/flows"
	"latchkey/store"
)

// checkAgainst says for each step of an older version, a folder or the hash of one that the
// store keeps, whether the people who stand there could move to the trees of the settings and
// notice nothing but other words. It informs: people stay on their version anyway.
func (p program) checkAgainst(ctx context.Context, c Config, ref string) error {
	newer, err := loadBook(c)
	if err != nil {
		return err
	}
	db, err := openIfThere(ctx, c)
	if err != nil {
		return err
	}
	if db != nil {
		defer db.Close()
	}
	older, err := olderBook(ctx, db, ref)
	if err != nil {
		return err
	}
	var standing map[bot.Stand]int
	if db != nil {
		if standing, err = db.Standing(ctx, older.Version); err != nil {
			return err
		}
	}
	return p.comparison(older, newer, standing)
}

// openIfThere opens the database, and gives nil when there is none yet.
func openIfThere(ctx context.Context, c Config) (*store.DB, error) {
	if _, err := os.Stat(databaseFile(c)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return store.Open(ctx, databaseFile(c))
}

// olderBook loads a folder, or a version of the store by the beginning of its hash.
func olderBook(ctx context.Context, db *store.DB, ref string) (*flows.Book, error) {
	if info, err := os.Stat(ref); err == nil && info.IsDir() {
		book, err := flows.Load(os.DirFS(ref))
		if err != nil {
			return nil, fmt.Errorf("the decision trees of %s do not load:\n%w", ref, err)
		}
		return book, nil
	}
	if db == nil {
		return nil, fmt.Errorf("%s is no folder, and there is no database yet that would keep a version of this hash", ref)
	}
	kept, err := db.Books(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(kept, func(a, b bot.BookUse) int { return b.Saved.Compare(a.Saved) })
	var list strings.Builder
	var found []string
	for _, k := range kept {
		fmt.Fprintf(&list, "\n  %s  saved %s, %s", k.Version, k.Saved.Local().Format("2006-01-02 15:04"), conversations(k.Open))
		if strings.HasPrefix(k.Version, ref) {
			found = append(found, k.Version)
		}
	}
	if ref == "" || len(found) != 1 {
		return nil, fmt.Errorf("%q is no folder, and is the beginning of %d of the versions that are kept:%s", ref, len(found), list.String())
	}
	files, err := db.Book(ctx, found[0])
	if err != nil {
		return nil, err
	}
	book, err := flows.LoadFiles(files)
	if err != nil {
		return nil, fmt.Errorf("this program cannot read version %s any more; its people are begun anew when they return:\n%w", found[0], err)
	}
	return book, nil
}

func conversations(n int) string {
	if n == 1 {
		return "1 open conversation"
	}
	return fmt.Sprintf("%d open conversations", n)
}

// severity puts what people would feel first.
var severity = []flows.Difference{flows.Gone, flows.Changed, flows.Reworded, flows.Same}

// mostReasons is how many differences of one step are shown.
const mostReasons = 3

// comparison prints the steps people stand at, or where nobody is known to stand, all that differ.
func (p program) comparison(older, newer *flows.Book, standing map[bot.Stand]int) error {
	fmt.Fprintf(p.out, "old  %s\nnew  %s\n\n", older.Summary(), newer.Summary())
	if older.Version == newer.Version {
		fmt.Fprintln(p.out, "They are the same.")
		return nil
	}
	waiting, withTeam := 0, 0
	for s, n := range standing {
		if s.Outcome == "" {
			waiting += n
		} else {
			withTeam += n
		}
	}
	changes := flows.Compare(older, newer)
	people := func(c flows.Change) int { return standing[bot.Stand{Place: c.Place}] }
	differ := 0
	changes = slices.DeleteFunc(changes, func(c flows.Change) bool {
		if c.Difference != flows.Same {
			differ++
		}
		if waiting > 0 {
			return people(c) == 0
		}
		return c.Difference == flows.Same
	})
	slices.SortStableFunc(changes, func(a, b flows.Change) int {
		return cmp.Or(cmp.Compare(slices.Index(severity, a.Difference), slices.Index(severity, b.Difference)), cmp.Compare(people(b), people(a)))
	})
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	if len(changes) > 0 {
		fmt.Fprintln(w, "STEP\tPEOPLE\tCOULD MOVE\tIT IS\tWHY")
	}
	movable := 0
	for _, c := range changes {
		could, count := "no", "-"
		if c.Movable() {
			could = "yes"
			movable += people(c)
		}
		if n := people(c); n > 0 {
			count = fmt.Sprint(n)
		}
		why := c.Reasons
		if n := len(why); n > mostReasons {
			why = append(why[:mostReasons:mostReasons], fmt.Sprintf("and %d more", n-mostReasons))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Place, count, could, c.Difference, strings.Join(why, "\n\t\t\t\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(changes) > 0 {
		fmt.Fprintln(p.out)
	}
	fmt.Fprintf(p.out, "Steps at which people wait and that differ: %d.\n", differ)
	fmt.Fprintf(p.out, "On the old version: %s, %d waiting for the bot's next question and %d with the team.\n",
		conversations(waiting+withTeam), waiting, withTeam)
	if waiting > 0 {
		fmt.Fprintf(p.out, "Of those who wait, %d would notice nothing but other words, %d would feel a change.\n", movable, waiting-movable)
	}
	fmt.Fprintln(p.out, "Whoever is on the old version stays on it to the end; new conversations begin with the new one.")
	return nil
}
