package slackchat

import (
	"strings"
	"testing"

	"latchkey/bot"
)

func TestEmojis(t *testing.T) {
	for text, want := range map[string]string{
		"All good :slightly_smiling_face:":        "All good 🙂",
		":+1: :thumbsup: :-1: :100:":              "👍 👍 👎 💯",
		"ok:tada::tada:!":                         "ok🎉🎉!",
		":+1::skin-tone-2: and :+1::skin-tone-6:": "👍🏻 and 👍🏿",
		":man-shrugging::skin-tone-4:":            "🤷🏽\u200d♂️",
		":point_up::skin-tone-3:":                 "☝🏼",
		":flag-ca: :flag-fr: :simple_smile:":      "🇨🇦 🇫🇷 🙂",
		":party-blob: is ours":                    ":party-blob: is ours",
		":nobody_knows_this::tada:":               ":nobody_knows_this:🎉",
		"at 10:30:45 or 5:100:3 or aa:ab:cd":      "at 10:30:45 or 5:100:3 or aa:ab:cd",
		"<https://a.example/:tada:|x:tada:> :x:":  "<https://a.example/:tada:|x:tada:> ❌",
		"https://a.example/:tada:/b :x:":          "https://a.example/:tada:/b ❌",
		"`:tada:` and ```a\n:x:\n``` :x:":         "`:tada:` and ```a\n:x:\n``` ❌",
		":tada":                                   ":tada",
		"::":                                      "::",
		"":                                        "",
	} {
		if got := emojis(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := typed("&lt;:wave:&gt; <@U1> :wave:"); got != "<👋>  👋" {
		t.Errorf("typed: %q", got)
	}
}

// The names under which Slack puts what people use most; a library that loses one is noticed.
func TestCommonEmojis(t *testing.T) {
	for name := range strings.FieldsSeq(`slightly_smiling_face smile smiley grinning grin joy rolling_on_the_floor_laughing
		laughing sweat_smile wink blush heart_eyes star-struck stuck_out_tongue hugging_face thinking_face neutral_face smirk unamused
		face_with_rolling_eyes grimacing relieved pensive sunglasses nerd_face confused worried slightly_frowning_face open_mouth
		pleading_face cry sob scream disappointed sweat weary tired_face triumph rage exploding_head partying_face melting_face
		saluting_face upside_down_face +1 thumbsup -1 thumbsdown ok_hand clap raised_hands open_hands pray wave muscle point_up
		point_down point_right crossed_fingers handshake raised_hand heart blue_heart green_heart broken_heart 100 tada sparkles star
		fire zap rocket eyes white_check_mark heavy_check_mark ballot_box_with_check x warning exclamation question no_entry
		information_source bulb lock unlock key email envelope iphone computer telephone_receiver calendar hourglass
		hourglass_flowing_sand alarm_clock memo link paperclip mag bell coffee beers gift sunny snowflake maple_leaf rotating_light
		construction wrench hammer_and_wrench gear arrow_right arrows_counterclockwise bow shrug facepalm red_circle
		large_green_circle large_blue_circle white_circle speech_balloon robot_face see_no_evil heart_hands`) {
		if got := emojis(":" + name + ":"); strings.Contains(got, ":") {
			t.Errorf(":%s: has no sign", name)
		}
	}
}

func TestMeant(t *testing.T) {
	for text, want := range map[string]string{
		"All *good* now":                              "All good now",
		"*All good*, _really_.":                       "All good, really.",
		"*_both_* and _*both*_":                       "both and both",
		"**like elsewhere**":                          "like elsewhere",
		"(*a*) «_b_» *c*":                             "(a) «b» c",
		"*two words* and *two more*":                  "two words and two more",
		"a snake_case_name, __init__ and _x_y_":       "a snake_case_name, __init__ and x_y",
		"2*3*4 is 24, 2 * 3 is 6, * a note":           "2*3*4 is 24, 2 * 3 is 6, * a note",
		"*one\ntwo* _three\nfour_":                    "*one\ntwo* _three\nfour_",
		"* one\n* two":                                "* one\n* two",
		"press `Log in` twice":                        "press Log in twice",
		"```\nline *one*\n  line_two_\n```":           "line *one*\n  line_two_",
		"*press `Log in`*":                            "press Log in",
		"use `*.pdf` and `my_file_`":                  "use *.pdf and my_file_",
		"Call ~the old number~ 555-1234":              "Call 555-1234",
		"Call us ~at five~, please":                   "Call us, please",
		"~no~\n~never~ yes":                           "yes",
		"one\n~no~ yes":                               "one\nyes",
		"~`code`~ stays away":                         "stays away",
		"~5 min and ~10 min, a~b~c":                   "~5 min and ~10 min, a~b~c",
		"~all of it~":                                 "",
		"https://a.example/~user/my_page_here?q=*a*b": "https://a.example/~user/my_page_here?q=*a*b",
		"*https://a.example/b_c_d*":                   "https://a.example/b_c_d",
		"_write to my_name_x@example.org_":            "write to my_name_x@example.org",
		"_my_name@example.org_":                       "my_name@example.org",
		"a lone * and _ and ~ and `":                  "a lone * and _ and ~ and `",
		"l'*été* est là":                              "l'été est là",
		"\uE000 \uF8FF *x*":                           "\uFFFD \uFFFD x",
		"  *x*  ":                                     "x",
	} {
		if got := meant(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		if got := meant(meant(text)); got != want && !strings.Contains(text, "`") {
			t.Errorf("%q becomes %q the second time", text, got)
		}
	}
	long := strings.Repeat("`a` ", 8000)
	if got := meant(long); !strings.HasPrefix(got, "a a a") || strings.ContainsAny(got, string(held)+string(struck)+"`") {
		t.Error("many pieces of code are not all put back")
	}
}

func FuzzMeant(f *testing.F) {
	for _, s := range []string{"*a*", "_a_ `b` ~c~", "https://a.example/_", "```", ":+1::skin-tone-3:", "**_`", "\uE000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		if got := meant(emojis(s)); private.MatchString(got) {
			t.Errorf("%q became %q", s, got)
		}
	})
}

// What an agent writes in the thread, in the window, or by editing arrives as it was meant, for the
// bubble, Slack and the mail; a note has the smileys too. So do the words of a person.
func TestAgentsMarks(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	for i, text := range []string{"I want to talk to a person", "send it now"} {
		w.must(n.bot.Receive(t.Context(), bot.Inbound{Channel: "bubble", Address: "v", ExternalID: string(rune('a' + i)), Flow: "client", Lang: "en", Text: text}))
	}
	w.quiet()
	card := w.card("#support")
	reads := func(want string) {
		t.Helper()
		v, err := n.bot.View(t.Context(), "bubble", "v", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(v.Messages) - 1; i >= 0; i-- {
			if m := v.Messages[i]; m.From == bot.FromAgent && m.Event == "" {
				if m.Text != want {
					t.Errorf("the visitor reads %q, not %q", m.Text, want)
				}
				return
			}
		}
		t.Error("the visitor reads nothing")
	}
	said := w.inThread("ann", card, ">> All good :slightly_smiling_face: :white_check_mark: *please* try `again` at https://a.example/my_page_here")
	reads("All good 🙂 ✅ please try again at https://a.example/my_page_here")
	w.must(w.slack.As("ann").Edits(said, ">> All _good_ :+1::skin-tone-2:"))
	w.quiet()
	reads("All good 👍🏻")
	w.window("ann", w.card("#support"), "Reply", map[string]string{"text": "*One* more :tada:"})
	reads("One more 🎉")
	w.window("ann", w.last("#support", card.TS), "Edit", map[string]string{"text": "_Two_ more :tada:"})
	reads("Two more 🎉")
	note := w.inThread("bob", card, "*careful* :eyes:")
	w.must(w.slack.As("bob").Edits(note, ">> Be *careful* :eyes:"))
	w.quiet()
	reads("Be careful 👀")
	w.inThread("bob", card, "nobody *knows* :party-blob: :eyes:")
	notes, err := n.bot.Notes(t.Context(), w.only().ID)
	if err != nil || len(notes) != 1 || notes[0].Text != "nobody *knows* :party-blob: 👀" {
		t.Errorf("the notes are %+v (%v)", notes, err)
	}
	w.inThread("ann", card, ">> ~never mind~")
	reads("Be careful 👀") // nothing is left of it
	if told := w.slack.Channel("#support").Ephemeral("ann"); len(told) != 1 || !strings.Contains(told[0].Body, "nothing was sent") {
		t.Errorf("Ann is told %v", told)
	}
	w.says("marie", w.dm("marie"), "hello :wave: I want to talk to a person")
	v, err := n.bot.View(t.Context(), Channel, place{team: "T00000001", channel: w.dm("marie")}.String(), 0, 0)
	if err != nil || v.Messages[2].Text != "hello 👋 I want to talk to a person" {
		t.Errorf("Marie said %+v (%v)", v.Messages, err)
	}
	w.clean()
}

// A word that sends may be a smiley.
func TestSmileyThatSends(t *testing.T) {
	w := newWorld(t)
	w.hook = func(o *Options) { o.SendWord = ":outbox_tray:" }
	w.start()
	card := w.ticket("marie")
	w.inThread("ann", card, ":outbox_tray: hello Marie")
	w.inThread("ann", card, "outbox_tray hello team")
	w.has(w.last(w.dm("marie"), "").Body, "hello Marie")
	w.lacks(w.slack.Channel(w.dm("marie")).String(), "hello team")
	w.clean()
}
