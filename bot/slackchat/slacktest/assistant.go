package slacktest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// docs, assistant.threads.setStatus: "a two minute timeout applies", "maximum of 10 messages".
const (
	statusLife = 2 * time.Minute
	maxLoading = 10
)

func assistantMethods() map[string]*method {
	all := map[string]*method{}
	all["assistant.threads.setStatus"] = &method{limit: many, need: []string{"channel_id", "thread_ts"}, scopes: []string{"assistant:write", "chat:write"},
		do: setStatus, args: map[string]arg{"channel_id": str, "thread_ts": str, "status": str, "loading_messages": names, "icon_emoji": str, "icon_url": str, "username": str}}
	all["assistant.threads.setTitle"] = &method{limit: many, need: []string{"channel_id", "thread_ts", "title"}, scopes: []string{"assistant:write"},
		do: setTitle, args: map[string]arg{"channel_id": str, "thread_ts": str, "title": str}}
	all["assistant.threads.setSuggestedPrompts"] = &method{limit: many, need: []string{"channel_id", "prompts"}, scopes: []string{"assistant:write"},
		do: setPrompts, args: map[string]arg{"channel_id": str, "thread_ts": str, "title": str, "prompts": inner}}
	return all
}

// pane finds the assistant thread that a call means. With agent_view it is any thread of the direct
// messages with the app, also one that only its first message makes.
func (c *call) pane() (*assistant, error) {
	ref := c.channels[c.str("channel_id")]
	if ref == nil || !ref.has(c.team.BotUser) {
		return nil, refuse("channel_not_found")
	}
	thread := c.str("thread_ts")
	if c.app.Agent && ref.kind == IM {
		if m := ref.find(thread); m != nil && (m.thread == "" || m.thread == m.ts) {
			return ref.pane(thread), nil
		}
	}
	a := ref.assistant[thread]
	if a == nil || thread == "" {
		return nil, refuse("invalid_thread_ts", "not a thread of the assistant")
	}
	return a, nil
}

// pane is the state of a thread, or of the Messages tab itself, whose thread is "".
func (ch *channel) pane(thread string) *assistant {
	if ch.assistant == nil {
		ch.assistant = map[string]*assistant{}
	}
	if ch.assistant[thread] == nil {
		ch.assistant[thread] = &assistant{}
	}
	return ch.assistant[thread]
}

func setStatus(c *call) (object, error) {
	if !c.has("status") {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: status")
	}
	a, err := c.pane()
	if err != nil {
		return nil, err
	}
	if l := c.str("loading_messages"); strings.Count(l, ",") >= maxLoading {
		return nil, refuse("invalid_arguments", fmt.Sprintf("[ERROR] at most %d loading_messages", maxLoading))
	}
	a.status, a.statusAt = c.str("status"), c.now() // an empty one takes it away
	return nil, nil
}

func setTitle(c *call) (object, error) {
	a, err := c.pane()
	if err != nil {
		return nil, err
	}
	a.title = c.str("title")
	return nil, nil
}

// maxPrompts: docs, /ai/developing-ai-apps, "up to four".
const maxPrompts = 4

// prompted finds what suggested prompts are for: with agent_view the Messages tab, and a call that
// names a thread "silently fails"; with the pane its thread, or the newest in the channel. Docs,
// /reference/methods/assistant.threads.setSuggestedPrompts.
func (c *call) prompted() (*assistant, error) {
	ref := c.channels[c.str("channel_id")]
	switch {
	case c.app.Agent && c.has("thread_ts"):
		c.violate(c.method, "with agent_view prompts have no thread_ts")
		return &assistant{}, nil
	case c.app.Agent && ref != nil && ref.kind == IM && ref.has(c.team.BotUser):
		return ref.pane(""), nil
	case !c.app.Agent && !c.has("thread_ts") && ref != nil:
		for _, m := range slices.Backward(ref.messages) {
			if a := ref.assistant[m.ts]; a != nil {
				return a, nil
			}
		}
	}
	return c.pane()
}

func setPrompts(c *call) (object, error) {
	a, err := c.prompted()
	if err != nil {
		return nil, err
	}
	l, ok := c.args["prompts"].([]any)
	if !ok || len(l) == 0 || len(l) > maxPrompts {
		return nil, refuse("invalid_arguments", fmt.Sprintf("[ERROR] from 1 to %d prompts [json-pointer:/prompts]", maxPrompts))
	}
	var prompts []Prompt
	for i, v := range l {
		o, _ := v.(object)
		title, _ := o["title"].(string)
		message, _ := o["message"].(string)
		if title == "" || message == "" || len(o) != 2 {
			return nil, refuse("invalid_arguments", fmt.Sprintf("[ERROR] a title and a message, and nothing else [json-pointer:/prompts/%d]", i))
		}
		prompts = append(prompts, Prompt{title, message})
	}
	a.prompts, a.promptsTitle = prompts, c.str("title")
	return nil, nil
}
