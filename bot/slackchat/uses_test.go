package slackchat

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// calls are the methods of the library by what they call at Slack.
var calls = map[string]string{
	"AuthTestContext": "auth.test", "PostMessageContext": "chat.postMessage", "PostEphemeralContext": "chat.postEphemeral",
	"UpdateMessageContext": "chat.update", "DeleteMessageContext": "chat.delete", "OpenConversationContext": "conversations.open", "GetConversationInfoContext": "conversations.info",
	"GetConversationHistoryContext": "conversations.history", "GetConversationRepliesContext": "conversations.replies",
	"GetUserInfoContext": "users.info", "OpenViewContext": "views.open", "PublishViewContext": "views.publish",
	"SetAssistantThreadsStatusContext": "assistant.threads.setStatus", "SetAssistantThreadsTitleContext": "assistant.threads.setTitle",
	"SetAssistantThreadsSuggestedPromptsContext": "assistant.threads.setSuggestedPrompts",
	"GetUploadURLExternalContext":                "files.getUploadURLExternal", "CompleteUploadExternalContext": "files.completeUploadExternal",
	"GetFileContext": "download", "SendMessageContext": "response_url",
}

// The list of what is used is what the code calls: a call that is added asks for its scope, and
// one that goes takes its scope along.
func TestUsesAreTheCalls(t *testing.T) {
	called := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.SelectorExpr); !ok || x.Sel.Name != "api" {
				return true
			}
			what, known := calls[sel.Sel.Name]
			if !known && sel.Sel.Name != "UploadToURL" {
				t.Errorf("%s calls %s, of which the test does not know what it asks for", name, sel.Sel.Name)
			}
			called[what] = true
			return true
		})
	}
	for _, what := range calls {
		if _, ok := uses[what]; !ok {
			t.Errorf("%s is missing in the list", what)
		}
		if !called[what] {
			t.Errorf("nobody calls %s", what)
		}
	}
}
