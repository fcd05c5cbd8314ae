package slackchat

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/text/language"

	"latchkey/bot"
)

// person is somebody in Slack.
type person struct {
	team, id    string
	name, email string
	lang        string
	// member: they belong to the workspace. Guests and people of other workspaces do not, and are
	// helped as clients are.
	member bool
	bot    bool
}

// key names the human, over all their conversations.
func (p person) key() string { return "slack:" + p.team + ":" + p.id }

// flow is the decision tree for them.
func (p person) flow() string {
	if p.member {
		return "professional"
	}
	return "client"
}

func (p person) agent() bot.Agent { return bot.Agent{ID: p.key(), Name: p.name} }

func (p person) identity() bot.Identity {
	return bot.Identity{UserID: p.key(), Name: p.name, Email: p.email, Verified: p.member}
}

// People are remembered for a while: who is a guest now may be a member tomorrow.
const (
	rememberPeople = 10 * time.Minute
	mostPeople     = 10000
)

type people struct {
	sync.Mutex
	by map[string]known
}

type known struct {
	person person
	at     time.Time
}

// who asks Slack about a person.
func (s *Slack) who(ctx context.Context, team, id string) (person, error) {
	now := s.o.Now()
	s.people.Lock()
	k, ok := s.people.by[team+":"+id]
	s.people.Unlock()
	if ok && now.Sub(k.at) < rememberPeople {
		return k.person, nil
	}
	p := person{team: team, id: id, lang: s.language("")}
	u, err := s.api.GetUserInfoContext(ctx, id, slack.GetUserInfoOptionIncludeLocale(true))
	switch {
	case codeOf(err) == "user_not_found" || codeOf(err) == "user_not_visible":
		// Somebody of another workspace.
	case err != nil:
		return p, err
	default:
		p.name = u.Profile.DisplayName
		if real := strings.TrimSpace(u.RealName); real != "" {
			p.name = real
		}
		p.email, p.lang, p.bot = u.Profile.Email, s.language(u.Locale), u.IsBot || id == "USLACKBOT"
		p.member = !u.IsRestricted && !u.IsUltraRestricted && !u.IsStranger && !u.IsBot && !u.Deleted && (u.TeamID == "" || s.self.teams[u.TeamID])
	}
	s.people.Lock()
	defer s.people.Unlock()
	if s.people.by == nil || len(s.people.by) >= mostPeople {
		s.people.by = map[string]known{}
	}
	s.people.by[team+":"+id] = known{p, now}
	return p, nil
}

// language finds the bot's language for one of Slack's: "fr-CA" gives "fr". The first language
// stands for what the bot does not speak.
func (s *Slack) language(locale string) string {
	all := s.core.Languages()
	if len(all) == 0 {
		return ""
	}
	tags := make([]language.Tag, len(all))
	for i, l := range all {
		tags[i] = language.Make(l.Code)
	}
	want, err := language.Parse(locale)
	if err != nil {
		return all[0].Code
	}
	_, i, _ := language.NewMatcher(tags).Match(want)
	return all[i].Code
}
