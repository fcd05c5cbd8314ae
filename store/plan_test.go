package store

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"latchkey/bot"
)

// queries are all statements by the names of their constants, and the lists of tickets.
func queries() map[string]string {
	all := map[string]string{
		"putContactSQL":         putContactSQL,
		"newestConversationSQL": newestConversationSQL,
		"conversationSQL":       conversationSQL,
		"dueSQL":                dueSQL,
		"addConversationSQL":    addConversationSQL,
		"changeConversationSQL": changeConversationSQL,
		"versionSQL":            versionSQL,
		"messagesSQL":           messagesSQL,
		"addMessageSQL":         addMessageSQL,
		"ticketSQL":             ticketSQL,
		"openTicketSQL":         openTicketSQL,
		"lastTicketSQL":         lastTicketSQL,
		"openTicketOfPersonSQL": openTicketOfPersonSQL,
		"ticketsOfPersonSQL":    ticketsOfPersonSQL,
		"ticketByNumberSQL":     ticketByNumberSQL,
		"addTicketSQL":          addTicketSQL,
		"changeTicketSQL":       changeTicketSQL,
		"notesSQL":              notesSQL,
		"addNoteSQL":            addNoteSQL,
		"replySQL":              replySQL,
		"changeMessageSQL":      changeMessageSQL,
		"markSQL":               markSQL,
		"unmailedSQL":           unmailedSQL,
		"unreadSQL":             unreadSQL,
		"readMessageSQL":        readMessageSQL,
		"laneSQL":               laneSQL,
		"byReceiptSQL":          byReceiptSQL,
		"postedSQL":             postedSQL,
		"changeNoteSQL":         changeNoteSQL,
		"dropNoteSQL":           dropNoteSQL,
		"forgetNotesSQL":        forgetNotesSQL,
		"acceptSQL":             acceptSQL,
		"acceptedSQL":           acceptedSQL,
		"handledSQL":            handledSQL,
		"pruneAcceptedSQL":      pruneAcceptedSQL,
		"addDeliverySQL":        addDeliverySQL,
		"claimableSQL":          claimableSQL,
		"claimSQL":              claimSQL,
		"finishSQL":             finishSQL,
		"deliveryStatusSQL":     deliveryStatusSQL,
		"deliveriesSQL":         deliveriesSQL,
		"nextDeliverySQL":       nextDeliverySQL,
		"pictureSQL":            pictureSQL,
		"picturesSQL":           picturesSQL,
		"addPictureSQL":         addPictureSQL,
		"ratedSQL":              ratedSQL,
		"conversationsSQL":      conversationsSQL,
		"transcriptsOfSQL":      transcriptsOfSQL,
		"transcriptsToSQL":      transcriptsToSQL,
		"contactOfSQL":          contactOfSQL,
		"ticketsOfSQL":          ticketsOfSQL,
		"forgetDeliveriesSQL":   forgetDeliveriesSQL,
		"forgetTicketMailSQL":   forgetTicketMailSQL,
		"forgetTicketsSQL":      forgetTicketsSQL,
		"forgetPicturesSQL":     forgetPicturesSQL,
		"forgetMessagesSQL":     forgetMessagesSQL,
		"forgetConversationSQL": forgetConversationSQL,
		"forgetContactSQL":      forgetContactSQL,
		"answerSQL":             answerSQL,
		"answersSQL":            answersSQL,
		"putAnswerSQL":          putAnswerSQL,
		"forgetAnswersSQL":      forgetAnswersSQL,
		"counterSQL":            counterSQL,
		"raiseCounterSQL":       raiseCounterSQL,
		"bookSQL":               bookSQL,
		"saveBookSQL":           saveBookSQL,
		"booksSQL":              booksSQL,
		"standingSQL":           standingSQL,
		"unusedBooksSQL":        unusedBooksSQL,
		"deleteBookSQL":         deleteBookSQL,
	}
	for _, f := range []bot.TicketFilter{
		{}, {Status: "open"}, {Queue: "support"}, {Status: "open", Queue: "support"},
	} {
		all[fmt.Sprintf("tickets %+v", f)], _ = ticketsSQL(f)
	}
	return all
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// parameters are the numbers of a query's parameters in order of first use.
func parameters(query string) (numbers []string) {
	seen := map[string]bool{}
	for _, m := range parameter.FindAllStringSubmatch(query, -1) {
		if !seen[m[1]] {
			numbers = append(numbers, m[1])
		}
		seen[m[1]] = true
	}
	return numbers
}

// TestEveryQueryHasItsIndex reads the planner's mind: no table is read from end to end,
// nothing is sorted after it was read.
func TestEveryQueryHasItsIndex(t *testing.T) {
	db := opened(t, newFile(t), defaults)
	for name, query := range queries() {
		rows, err := db.read.Query(`EXPLAIN QUERY PLAN `+query, make([]any, len(parameters(query)))...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		steps, err := collect(rows, nil, func(r row) (step string, err error) {
			var id, parent, unused int
			return step, r.Scan(&id, &parent, &unused, &step)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			whole := strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "USING INDEX")
			if whole || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

// TestParametersAreNumberedAsTheyAppear because SQLite counts them that way.
func TestParametersAreNumberedAsTheyAppear(t *testing.T) {
	for name, query := range queries() {
		for i, n := range parameters(query) {
			if n != fmt.Sprint(i+1) {
				t.Errorf("%s: $%s comes where $%d belongs", name, n, i+1)
			}
		}
	}
}

// TestNoQueryIsForgotten compares the list above with the source.
func TestNoQueryIsForgotten(t *testing.T) {
	listed := queries()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for _, id := range spec.Names {
				if strings.HasSuffix(id.Name, "SQL") {
					found++
					if listed[id.Name] == "" {
						t.Errorf("%s: %s is not in the list", e.Name(), id.Name)
					}
				}
			}
			return true
		})
	}
	if found == 0 {
		t.Error("the source has no queries: this test looks for the wrong thing")
	}
}
