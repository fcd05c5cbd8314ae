package mail

import (
	"maps"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"latchkey/bot"
	"latchkey/flows"
)

type texts = map[string]string

// ann is a ticket with everything in it.
func ann() bot.Parcel {
	at := time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)
	say := func(seq int64, from bot.From, minute int, text string, choices ...string) bot.Message {
		m := bot.Message{Seq: seq, From: from, Text: text, At: at.Add(time.Duration(minute) * time.Minute)}
		for _, c := range choices {
			m.Choices = append(m.Choices, flows.Choice{Move: "choose:" + c, Label: c})
		}
		return m
	}
	return bot.Parcel{
		Delivery: bot.Delivery{
			ID: "d-1", Channel: Channel, Address: "support@example.org", Kind: bot.DeliverTicket,
			TicketID: "t-1", UpTo: 6, Created: at.Add(9 * time.Minute),
		},
		Contact:      bot.Contact{ID: "c-1", Channel: "bubble", Role: "client", Lang: "fr", Name: "Ann Roy", Email: "ann@example.org"},
		Conversation: bot.Conversation{ID: "v-1", Channel: "bubble"},
		Ticket: bot.Ticket{
			ID: "t-1", Number: 1042, Queue: bot.QueueSupport, Created: at.Add(9 * time.Minute),
			Case: bot.Case{
				About: texts{"en": "The reset mail never arrives", "fr": "Le courriel de réinitialisation n'arrive jamais"},
				Role:  "client", Name: "Ann Roy", Email: "ann@example.org", Lang: "fr", Channel: "bubble",
				Facts: []flows.FactLine{
					{Fact: "role", Label: texts{"en": "Who is asking", "fr": "Qui demande"}, Value: "client"},
					{
						Fact: "symptom", Label: texts{"en": "What they see", "fr": "Ce qui s'affiche"}, Value: "wrong_credentials",
						Says: texts{"en": "wrong user or password", "fr": "mauvais identifiant ou mot de passe"},
					},
					{Fact: "exact_error", Label: texts{"en": "Exact words on the screen", "fr": "Mots exacts à l'écran"}, Value: "Invalid User / password"},
					{Fact: "login_tried", Label: texts{"en": "Types to log in", "fr": "Entre pour se connecter"}, Value: "ann@exemple.org"},
					{
						Fact: "several_companies", Label: texts{"en": "More than one company", "fr": "Plus d'une entreprise"}, Value: "no",
						Says: texts{"en": "no", "fr": "non"},
					},
					{Fact: "device", Label: texts{"en": "Device and version", "fr": "Appareil et version"}, Value: "iPhone 15, app 8.2.1"},
				},
				Tried: []flows.TriedLine{
					{What: texts{"en": "typed the password by hand", "fr": "a tapé le mot de passe à la main"}, Result: texts{"en": "Still refused", "fr": "Toujours refusé"}},
					{What: texts{"en": "asked for a reset", "fr": "a demandé une réinitialisation"}, Result: texts{"en": "No e-mail", "fr": "Pas de courriel"}},
					{What: texts{"en": "looked in junk mail", "fr": "a regardé dans ses pourriels"}, Result: texts{"en": "Still nothing", "fr": "Toujours rien"}},
				},
			},
		},
		Messages: []bot.Message{
			say(1, bot.FromContact, 0, "Bonjour, j'arrive pas à me connecter, ça dit mot de passe invalide"),
			say(2, bot.FromBot, 0, "Tapez votre mot de passe à la main, sans espace.\nÇa fonctionne?", "Ça fonctionne", "Toujours refusé"),
			say(3, bot.FromContact, 3, "Toujours refusé"),
			say(4, bot.FromBot, 3, "1. Touchez « Mot de passe oublié? »\n2. Entrez votre adresse courriel.\n3. Regardez dans vos pourriels.", "Je l'ai", "Toujours rien"),
			say(5, bot.FromContact, 8, "Toujours rien pantoute, même dans les indésirables 😤"),
			say(6, bot.FromBot, 9, "C'est noté : votre billet est LK-1042."),
		},
	}
}

// more is what Ann wrote after her ticket was opened; settled, that it works.
func more() bot.Parcel {
	p := ann()
	p.Delivery.ID, p.Delivery.Kind, p.Delivery.After = "d-2", bot.DeliverMore, 6
	p.Messages = []bot.Message{{Seq: 7, From: bot.FromContact, Text: "J'ai aussi essayé sur la version web", At: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)}}
	return p
}

func settled() bot.Parcel {
	p := more()
	p.Delivery.ID, p.Delivery.Kind = "d-3", bot.DeliverSettled
	p.Messages[0].Text = "Ça marche maintenant, merci!"
	return p
}

// shown is Ann's ticket with two pictures in the conversation; signed in, and vouched for.
func shown() bot.Parcel {
	p := ann()
	p.Contact.Identity, p.Ticket.Case.Identity = signedIn, signedIn
	p.Pictures = map[string][]byte{"p-1": []byte("\x89PNG 1"), "p-2": []byte("\xff\xd8\xff 2")}
	p.Messages[2].Text, p.Messages[2].Picture = "Image", &bot.Picture{ID: "p-1", Kind: "image/png", Width: 800, Height: 600, Size: 6}
	p.Messages[4].Text, p.Messages[4].Picture = "Image", &bot.Picture{ID: "p-2", Kind: "image/jpeg", Width: 600, Height: 800, Size: 5}
	return p
}

// copied is the same conversation for Ann herself, as the core hands it over: the ticket is
// only in the log.
func copied() bot.Parcel {
	p := shown()
	p.Delivery = bot.Delivery{
		ID: "d-4", Channel: Channel, Address: "ann@example.org", Kind: bot.DeliverTranscript,
		UpTo: 7, Created: p.Delivery.Created.Add(time.Hour),
	}
	p.Ticket = bot.Ticket{}
	p.Conversation.Status = bot.StatusTeam
	p.Messages[5].Event, p.Messages[5].TicketNumber = "ticket", 1042
	p.Messages = append(p.Messages, bot.Message{Seq: 7, From: bot.FromBot, Event: "transcript", Text: "Copie en route", At: p.Delivery.Created})
	return p
}

// yamlWords are the shipped words.
func yamlWords(t testing.TB) map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile("../../flows/mail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Words map[string]map[string]string `yaml:"words"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Words
}

func words(t testing.TB) Words {
	all := yamlWords(t)
	return func(key, lang string) string { return all[key][lang] }
}

func TestEveryWordIsThere(t *testing.T) {
	all := yamlWords(t)
	keys := slices.Sorted(maps.Keys(all))
	for _, key := range Keys() {
		for _, lang := range []string{"en", "fr"} {
			if all[key][lang] == "" {
				t.Errorf("mail.yaml: %s has no %s", key, lang)
			}
		}
		keys = slices.DeleteFunc(keys, func(k string) bool { return k == key })
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "mail_language_") && !strings.HasPrefix(key, "mail_channel_") {
			t.Errorf("mail.yaml: %s is never said", key)
		}
	}
	// And no word is said that is not among the keys.
	asked := func(key, lang string) string {
		if !slices.Contains(Keys(), key) && !strings.HasPrefix(key, "mail_language_") && !strings.HasPrefix(key, "mail_channel_") {
			t.Errorf("%s is asked for, but not among the keys", key)
		}
		return all[key][lang]
	}
	bare := ann()
	bare.Contact, bare.Ticket.Case = bot.Contact{Role: "professional"}, bot.Case{}
	bare.Ticket.Queue = bot.QueueHexpert
	claimed, lost := ann(), shown()
	claimed.Contact.Identity, lost.Pictures = bot.Identity{UserID: "42"}, nil
	here, open := copied(), copied()
	here.Contact.Email, open.Conversation.Status = "", bot.StatusBot
	for _, p := range []bot.Parcel{ann(), more(), settled(), claimed, shown(), lost, copied(), here, open, bare} {
		if _, err := (composer{words: asked, lang: "en", zone: time.UTC, support: new(netmail.Address)}).content(p); err != nil {
			t.Error(err)
		}
	}
}

// local is a spool in a folder of the test.
func local(t testing.TB) Options {
	return Options{Spool: filepath.Join(t.TempDir(), "spool"), Zone: time.UTC}
}

func sender(t testing.TB, o Options) bot.Sender {
	t.Helper()
	s, err := New(o, words(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
