package storetest

import (
	"errors"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// everything is a turn with no field left empty.
func everything() bot.Turn {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	en := func(s string) map[string]string { return map[string]string{"en": s, "fr": s + " (fr)"} }
	state := flows.State{
		At:      flows.Place{Flow: "reset", Step: "check_spam"},
		Callers: []flows.Place{{Flow: "client", Step: "reset"}},
		Facts:   map[string]string{"role": "client", "name": "Zoë"},
		Seen:    map[string]int{"reset/check_spam": 2},
		Tried:   []flows.Tried{{Place: flows.Place{Flow: "reset", Step: "send"}, Result: "sent"}},
		Unclear: 1, Quiet: 1, Suggest: "ann@gmail.com", Typed: "ann@gmial.com",
		Outcome: flows.OutcomeTicket, Queue: "support",
	}
	identity := bot.Identity{UserID: "42", Name: "Zoë Roy", Email: "zoe.roy@example.org", Verified: true}
	origin := state
	origin.Outcome = ""
	origin.Queue = ""
	return bot.Turn{
		New: true,
		Contact: bot.Contact{
			ID: "contact", Channel: "bubble", Address: "address", Person: "slack:T1:U1", Role: "client", Lang: "fr",
			Name: "Zoë", Email: "zoe@example.org", Identity: identity, Created: at(1),
		},
		Conversation: bot.Conversation{
			ID: "conversation", ContactID: "contact", Channel: "bubble", Address: "address",
			Status: bot.StatusTeam, LastSeq: 2, TicketID: "ticket",
			Session: flows.Session{
				Version: "v1", Lang: "fr", State: state,
				Origin: &origin, Trail: []string{"choose:yes", "fill:Zoë: <b>&</b>"}, Doubt: []string{"jump:person"},
			},
			Rating:       bot.Rating{Seq: 1, Helpful: true, Comment: "l'été <3", At: at(12)},
			DeliveredSeq: 2, SeenSeq: 1, MailedSeq: 3, MailAt: at(13),
			UnreadSeq: 1, UnreadAt: at(21),
			Created: at(2), Updated: at(3), DueAt: at(4),
		},
		Messages: []bot.Message{
			{
				ConversationID: "conversation", Seq: 1, ExternalID: "m1", From: bot.FromContact, Text: "Bonjour",
				Choices: []flows.Choice{{Move: "choose:yes", Label: "Oui"}, {Move: "choose:no", Label: "Non"}},
				Move:    "fill:Bonjour", Event: "ticket", TicketNumber: 1001, At: at(5),
				Agent: bot.Agent{ID: "a1", Name: "Bob"}, Edited: at(14), Withdrawn: true, Ref: 7,
				Picture: &bot.Picture{ID: "p1", Kind: "image/png", Width: 800, Height: 600, Size: 4},
			},
			{
				ConversationID: "conversation", Seq: 2, ExternalID: "m2", From: bot.FromAgent, Text: "Hello",
				Choices: []flows.Choice{{Move: "back", Label: "Back"}},
				Move:    "back", Event: "resolved", TicketNumber: 1002, At: at(6),
				Agent: bot.Agent{ID: "a2", Name: "Zoé"}, Edited: at(15), Withdrawn: true, Ref: 8,
				Picture: &bot.Picture{ID: "p2", Kind: "image/jpeg", Width: 3, Height: 2, Size: 5},
			},
		},
		Pictures: map[string][]byte{"p1": []byte("\x00PNG"), "p2": []byte("'\xff\xfe\"$")},
		Ticket: &bot.Ticket{
			ID: "ticket", Number: 1001, ConversationID: "conversation", ContactID: "contact",
			Queue: bot.QueueHexpert, Problem: "reset/no_mail", Status: bot.TicketOpen,
			Person: "slack:T1:U1", AnswerID: "conversation", Agent: bot.Agent{ID: "a1", Name: "Bob"}, TakenAt: at(16), WaitingSince: at(17),
			Resolution: bot.Resolution{By: bot.Agent{ID: "a2", Name: "Zoé"}, Reason: "l'été", At: at(18)},
			Case: bot.Case{
				About: en("No mail"), Role: "client", Name: "Zoë", Email: "zoe@example.org", Lang: "fr", Channel: "bubble",
				Identity:  identity,
				Facts:     []flows.FactLine{{Fact: "login", Label: en("Login"), Value: "zoe", Says: en("the e-mail")}},
				Tried:     []flows.TriedLine{{What: en("looked in junk mail"), Result: en("nothing")}},
				SettledBy: "contact",
			},
			Created: at(7), Updated: at(8),
		},
		Notes: []bot.Note{
			{ID: "n1", TicketID: "ticket", ExternalID: "e1", Agent: bot.Agent{ID: "a1", Name: "Bob"}, Event: "passed", Text: "d'abord", At: at(19)},
			{ID: "n2", TicketID: "ticket", ExternalID: "e2", Agent: bot.Agent{ID: "a2", Name: "Zoé"}, Event: "-", Text: "puis", At: at(20)},
		},
		Answers: []bot.Answered{
			{
				ConversationID: "conversation", Seq: 2, Question: "où est l'<b>?", Lang: "fr", Audience: "client",
				Article: "reset-link", Section: "expired", Aside: true, Score: 0.125, Asked: at(21), Verdict: "no", Judged: at(22),
			},
		},
		Deliveries: []bot.Delivery{
			{
				ID: "d1", Channel: "mail", Address: "support@example.org", Kind: bot.DeliverMore,
				TicketID: "ticket", ConversationID: "conversation", After: 1, UpTo: 2,
				Ref: "msg:2", Receipt: "R1", Status: bot.DeliveryFailed, Attempts: 3, Waits: 2, NextAt: at(9), LastError: "refused", Created: at(10),
			},
			{
				ID: "d2", Channel: "slack", Address: "C1", Kind: bot.DeliverSettled,
				TicketID: "ticket", ConversationID: "conversation", After: 1, UpTo: 2,
				Ref: "card", Receipt: "C1:1700000.0001", Status: bot.DeliverySent, Attempts: 1, Waits: 1, NextAt: at(9), LastError: "slow", Created: at(11),
			},
		},
	}
}

func everyField(t *testing.T, w world) {
	turn := everything()
	w.commit(turn)
	turn.Conversation.Version, turn.Ticket.Version = 1, 1
	w.full(turn.Contact, turn.Conversation, *turn.Ticket, turn.Messages, turn.Notes, turn.Deliveries, turn.Answers,
		*turn.Messages[0].Picture, *turn.Messages[1].Picture)

	check := func(s bot.Store) {
		c, p, err := s.Conversation(ctx, "bubble", "address")
		w.same("conversation", must(c, err)(w), turn.Conversation)
		w.same("contact", p, turn.Contact)
		c, p, err = s.ConversationByID(ctx, "conversation")
		w.same("conversation by id", must(c, err)(w), turn.Conversation)
		w.same("contact by id", p, turn.Contact)
		w.same("messages", must(s.Messages(ctx, "conversation", 0, 0, 0))(w), turn.Messages)
		for _, m := range turn.Messages[:2] {
			p, data, err := s.Picture(ctx, m.Picture.ID)
			w.same("picture", must(p, err)(w), *m.Picture)
			w.same("its image", data, turn.Pictures[p.ID])
		}
		w.same("pictures", must(s.Pictures(ctx, "conversation"))(w), []bot.Picture{*turn.Messages[0].Picture, *turn.Messages[1].Picture})
		w.same("rated", must(s.Rated(ctx, noon))(w), []bot.Conversation{turn.Conversation})
		w.same("all conversations", must(s.Conversations(ctx, "", 10))(w), []bot.Conversation{turn.Conversation})
		w.same("ticket", must(s.Ticket(ctx, "ticket"))(w), *turn.Ticket)
		w.same("open ticket", must(s.OpenTicket(ctx, "contact", "", "reset/no_mail"))(w), *turn.Ticket)
		w.same("tickets", must(s.Tickets(ctx, bot.TicketFilter{}))(w), []bot.Ticket{*turn.Ticket})
		w.same("open ticket of the person", must(s.OpenTicket(ctx, "", "slack:T1:U1", "reset/no_mail"))(w), *turn.Ticket)
		w.same("ticket by number", must(s.TicketByNumber(ctx, 1001))(w), *turn.Ticket)
		w.same("tickets of the person", must(s.TicketsOf(ctx, "slack:T1:U1"))(w), []bot.Ticket{*turn.Ticket})
		w.same("notes", must(s.Notes(ctx, "ticket"))(w), turn.Notes)
		w.same("answer", must(s.Answer(ctx, "conversation", 2))(w), turn.Answers[0])
		w.same("answers", must(s.Answers(ctx, bot.AnswerFilter{}))(w), turn.Answers)
		w.same("reply", must(s.Reply(ctx, 1002, "m2"))(w), turn.Messages[1])
		w.same("deliveries", must(s.Deliveries(ctx, "ticket"))(w), turn.Deliveries)
		w.same("lane", must(s.Lane(ctx, "slack/ticket/ticket"))(w), turn.Deliveries[1:])
		w.same("by receipt", must(s.ByReceipt(ctx, "mail", "R1"))(w), turn.Deliveries[0])
	}
	check(w.Store)

	// The same again for a turn that changes: an update has its own list of columns.
	later := everything()
	later.New = false
	later.Conversation = turn.Conversation
	later.Conversation.Status = bot.StatusClosed
	later.Conversation.Session = flows.Session{Version: "v2", Lang: "en"}
	later.Conversation.TicketID = "another"
	later.Conversation.Updated = noon.Add(time.Hour)
	later.Conversation.DueAt = time.Time{}
	later.Conversation.Rating = bot.Rating{Seq: 2, Comment: "after all", At: noon.Add(time.Hour)}
	later.Conversation.MailedSeq, later.Conversation.MailAt = 4, time.Time{}
	later.Conversation.UnreadSeq, later.Conversation.UnreadAt = 2, noon.Add(3*time.Hour)
	// What is delivered and seen is not for a turn to say.
	later.Conversation.DeliveredSeq, later.Conversation.SeenSeq = 0, 9
	later.Messages, later.Pictures, later.Deliveries, later.Notes = nil, nil, nil, nil
	later.Ticket.Version, later.Ticket.Queue, later.Ticket.AnswerID = 1, bot.QueueSupport, "elsewhere"
	later.Ticket.Agent, later.Ticket.TakenAt, later.Ticket.WaitingSince = bot.Agent{}, time.Time{}, time.Time{}
	later.Ticket.Resolution, later.Ticket.Case.SettledBy = bot.Resolution{}, ""
	edited := turn.Messages[1]
	edited.Text, edited.Edited, edited.Withdrawn = "Hello!", noon.Add(2*time.Hour), false
	later.Changed = []bot.Message{edited}
	judged := turn.Answers[0]
	judged.Verdict, judged.Judged = "yes", noon.Add(3*time.Hour)
	other := judged
	other.Question, other.Article, other.Score, other.Asked = "lost", "lost", 1, noon.Add(4*time.Hour)
	later.Answers = []bot.Answered{other}
	later = say(later, "and now?", "m3")
	w.commit(later)
	turn.Conversation = committed(later).Conversation
	turn.Conversation.DeliveredSeq, turn.Conversation.SeenSeq = 2, 1
	turn.Ticket = later.Ticket
	turn.Ticket.Version = 2
	turn.Messages[1] = edited
	turn.Answers[0] = judged // what was said once stays
	turn.Messages = append(turn.Messages, later.Messages...)
	check(w.Store)

	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	check(w.again())
}

func notFound(t *testing.T, w world) {
	_, _, byAddress := w.Conversation(ctx, "bubble", "nobody")
	_, _, byID := w.ConversationByID(ctx, "none")
	_, ticket := w.Ticket(ctx, "none")
	_, open := w.OpenTicket(ctx, "nobody", "", "nothing")
	_, book := w.Book(ctx, "v0")
	_, _, picture := w.Picture(ctx, "none")
	_, number := w.TicketByNumber(ctx, 1001)
	_, reply := w.Reply(ctx, 1001, "none")
	_, answer := w.Answer(ctx, "none", 1)
	_, receipt := w.ByReceipt(ctx, "slack", "none")
	_, forget := w.Forget(ctx, "none")
	finish := w.Finish(ctx, bot.Delivery{ID: "none", Status: bot.DeliverySent})
	for what, err := range map[string]error{
		"Conversation": byAddress, "ConversationByID": byID, "Ticket": ticket,
		"OpenTicket": open, "Book": book, "Finish": finish, "Picture": picture, "Forget": forget,
		"TicketByNumber": number, "Reply": reply, "Answer": answer, "ByReceipt": receipt,
	} {
		if !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("%s gave %v, want ErrNotFound", what, err)
		}
	}
	w.same("messages of nothing", len(must(w.Messages(ctx, "none", 0, 0, 0))(w)), 0)
	w.same("tickets", len(must(w.Tickets(ctx, bot.TicketFilter{}))(w)), 0)
	w.same("deliveries of nothing", len(must(w.Deliveries(ctx, "none"))(w)), 0)
	w.same("pictures of nothing", len(must(w.Pictures(ctx, "none"))(w)), 0)
	w.same("notes of nothing", len(must(w.Notes(ctx, "none"))(w)), 0)
	w.same("answers", len(must(w.Answers(ctx, bot.AnswerFilter{}))(w)), 0)
	w.same("lane of nothing", len(must(w.Lane(ctx, "none"))(w)), 0)
	w.same("tickets of nobody", len(must(w.TicketsOf(ctx, ""))(w)), 0)
	w.same("accepted", len(must(w.Accepted(ctx, 9))(w)), 0)
	w.same("unmailed", len(must(w.Unmailed(ctx, noon, 9))(w)), 0)
	w.same("rated", len(must(w.Rated(ctx, time.Time{}))(w)), 0)
	w.same("next delivery", must(w.NextDelivery(ctx))(w), time.Time{})
	if err := w.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func anyText(t *testing.T, w world) {
	turn := beginning("c")
	texts := []string{"hello from c"}
	for _, text := range []string{
		"", " ", "l’été à Noël ★ 🔑", `'; DROP TABLE messages; --`, "a\nb\tc\\n\"", "$1 ? :name %s", "\u2028<script>", "007",
	} {
		turn = say(turn, text, "")
		texts = append(texts, text)
	}
	turn.Contact.Name = "d'Arc \"Jeanne\""
	w.commit(turn)
	w.same("texts", w.texts("c"), texts)
	_, p, err := w.Conversation(ctx, "bubble", "address-c")
	w.same("name", must(p, err)(w).Name, turn.Contact.Name)
	_, _, err = w.Conversation(ctx, "bubble", "' OR '1'='1")
	if !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a quote in an address gave %v", err)
	}
}

func times(t *testing.T, w world) {
	montreal := time.FixedZone("", -5*3600)
	turn := beginning("c")
	turn.Conversation.Created = noon.Add(456789 * time.Nanosecond).In(montreal)
	turn.Conversation.Updated = time.Date(1969, 12, 31, 23, 59, 59, 1e6, time.UTC)
	turn.Conversation.DueAt = time.Time{}
	turn.Messages[0].At = time.Date(2262, 4, 12, 0, 0, 0, 999e6, montreal) // past int64 nanoseconds
	w.commit(turn)

	c, _, err := w.ConversationByID(ctx, "c")
	w.same("finer than a millisecond, in another zone", must(c, err)(w).Created, noon)
	w.same("before 1970", c.Updated, turn.Conversation.Updated)
	w.same("never", c.DueAt, time.Time{})
	w.same("far off", must(w.Messages(ctx, "c", 0, 0, 0))(w)[0].At, turn.Messages[0].At)
}
