package kb

// Audience is who an article is for.
type Audience string

// The audiences.
const (
	ForEveryone      Audience = "everyone"
	ForClient        Audience = "client"
	ForProfessional  Audience = "professional"
	professionalOnly          = ForProfessional
)

// own says whether an article speaks to its reader. Nobody in particular is spoken to by all.
func (a Audience) own(reader Audience) bool {
	return a == ForEveryone || a == reader || reader != ForClient && reader != ForProfessional
}

// meant says whether an article for one audience may be quoted to who belongs to another. What is
// written for clients can help the professionals who look after them, if it says for whom it is; the
// other way round it does not. Nobody in particular may read everything.
func (a Audience) meant(reader Audience) bool { return a != ForProfessional || reader != ForClient }

// Article is one subject in one language.
type Article struct {
	// ID is the file's name without its ending, the same in every language.
	ID       string
	Lang     string
	Audience Audience
	// Links are the ids of related articles, in the author's order.
	Links []string
	// Start is the line of `always` in the decision trees that helps with this, or empty.
	Start string
	// Sections are what it says; the first has no heading.
	Sections []Section

	title     text
	questions []text
	aside     text
	file      string
	lines     lines
	value     func(name string) string
}

// lines are where the parts of the front matter stand, for problems that are found later.
type lines struct {
	title, aside, start int
	questions, links    []int
}

// Section is a part of an article, quoted as a whole.
type Section struct {
	// ID is the heading as it stands in addresses; the first section has none.
	ID      string
	heading text
	blocks  []block
	line    int
}

// Title gives the title with its variables filled in.
func (a *Article) Title() string { return a.title.plain(a.value) }

// Questions gives the questions that the article answers.
func (a *Article) Questions() []string {
	all := make([]string, len(a.questions))
	for i, q := range a.questions {
		all[i] = q.plain(a.value)
	}
	return all
}

// Aside gives what people are told whom the article is not for; empty when it is for everyone.
func (a *Article) Aside() string { return a.aside.plain(a.value) }

// Heading gives the heading of a section, empty for the first.
func (a *Article) Heading(i int) string { return a.Sections[i].heading.plain(a.value) }
