package main

import (
	"errors"
	"fmt"
	"io"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"latchkey/bot"
	"latchkey/bot/bubble"
)

// Config is everything that can be set. Each field is an environment variable, which may also
// stand in a file `.env` in the working directory; the environment wins. A secret may be given
// as a file instead, by the same name with _FILE. The help text, `.env.example` and the table of
// the README are made from this struct.
type Config struct {
	Addr string `env:"LATCHKEY_ADDR" envDefault:":8080" help:"Address to listen at."`
	Data string `env:"LATCHKEY_DATA" envDefault:"./data" help:"Folder of the database and of mail that could not be sent."`
	URL  string `env:"LATCHKEY_URL" help:"Address at which people reach this server, such as https://help.example.com. Its pages may embed the bubble, whatever host a proxy asks for; used on the demo page and in links to help pages as well. Empty: the address it was asked at, and for links the one it listens at."`

	Sites []string `env:"LATCHKEY_SITES" help:"Sites that may embed the bubble, besides this server's own: https://www.example.com, *.example.com; for the pages of an app capacitor://localhost or the like, or null. Separated by commas."`

	IdentitySecret Secret   `env:"LATCHKEY_IDENTITY_SECRET" help:"Secret with which your site signs who is signed in, at least 32 characters (openssl rand -hex 32). Empty: nobody counts as verified."`
	Proxies        []string `env:"LATCHKEY_PROXIES" help:"Proxies in front of this server, whose X-Forwarded-For is believed: 10.0.0.0/8, 192.0.2.1. Separated by commas. Without them all who come through a proxy share the limits of one address."`

	Product string `env:"LATCHKEY_PRODUCT" help:"Name of your product, as people know it."`
	App     string `env:"LATCHKEY_APP" help:"Name of the mobile app. Empty: “the app”."`
	Web     string `env:"LATCHKEY_WEB" help:"Address of the web version of the app. Empty: “the web version”."`
	Expert  string `env:"LATCHKEY_EXPERT" help:"What professionals call a person of senior support. Empty: Hexpert."`

	SupportEmail string `env:"LATCHKEY_SUPPORT_EMAIL" help:"Address that gets the tickets of the queue support, and that people are told."`
	HexpertEmail string `env:"LATCHKEY_HEXPERT_EMAIL" help:"Address that gets the tickets of the queue hexpert (disabled accounts and the like). May be the same."`
	TeamLang     string `env:"LATCHKEY_TEAM_LANG" envDefault:"en" help:"Language in which tickets are written to the team."`

	SMTPHost     string        `env:"LATCHKEY_SMTP_HOST" help:"Mail server. Empty: tickets are written as .eml files to the folder spool under LATCHKEY_DATA."`
	SMTPPort     int           `env:"LATCHKEY_SMTP_PORT" help:"Its port. Empty: 587, or 465 with tls."`
	SMTPUser     string        `env:"LATCHKEY_SMTP_USER" help:"User to log in with, if the mail server wants one."`
	SMTPPassword Secret        `env:"LATCHKEY_SMTP_PASSWORD" help:"Password of that user."`
	SMTPTLS      string        `env:"LATCHKEY_SMTP_TLS" envDefault:"starttls" help:"starttls, tls, opportunistic, or none (a mail server on this machine only)."`
	SMTPFrom     string        `env:"LATCHKEY_SMTP_FROM" help:"Sender of the mails, such as Latchkey <help@example.com>. Empty: the support address."`
	SMTPTimeout  time.Duration `env:"LATCHKEY_SMTP_TIMEOUT" envDefault:"30s" help:"How long sending one mail may take."`

	SlackBotToken       Secret   `env:"LATCHKEY_SLACK_BOT_TOKEN" help:"Bot token of the Slack app (xoxb-…). Empty: no Slack. See Connect Slack."`
	SlackAppToken       Secret   `env:"LATCHKEY_SLACK_APP_TOKEN" help:"App-level token (xapp-…), with which this program connects to Slack by itself (Socket Mode)."`
	SlackSigningSecret  Secret   `env:"LATCHKEY_SLACK_SIGNING_SECRET" help:"Signing secret of the app, if Slack is to post to this server instead."`
	SlackSupportChannel string   `env:"LATCHKEY_SLACK_SUPPORT_CHANNEL" help:"Id of the Slack channel (C0123456789) in which the team works on tickets of the queue support. Invite the app there."`
	SlackHexpertChannel string   `env:"LATCHKEY_SLACK_HEXPERT_CHANNEL" help:"The same for the queue hexpert. May be the same channel."`
	SlackSendWord       string   `env:"LATCHKEY_SLACK_SEND_WORD" envDefault:">>" help:"How a message in a ticket's thread begins that is for the person; anything else stays in the team."`
	SlackTeams          []string `env:"LATCHKEY_SLACK_TEAMS" help:"Ids of the workspaces that are served (T0123456789), separated by commas. Empty: the one the token belongs to."`

	Model                   string        `env:"LATCHKEY_MODEL" help:"Name of a language model that helps to read what people write (at Azure, of the deployment). Empty: no model. See With a model."`
	ModelURL                string        `env:"LATCHKEY_MODEL_URL" help:"Address of an API that speaks as OpenAI's does, such as http://localhost:11434/v1. Empty: OpenAI's own."`
	ModelKey                Secret        `env:"LATCHKEY_MODEL_KEY" help:"Key for that API, if it wants one."`
	ModelEmbed              string        `env:"LATCHKEY_MODEL_EMBED" help:"Name of a model for embeddings there, which joins the search for answers. Empty: the search goes by words."`
	ModelAzureVersion       string        `env:"LATCHKEY_MODEL_AZURE_VERSION" help:"The api-version, if the API is Azure's: 2024-10-21. The address is https://NAME.openai.azure.com then."`
	ModelWhen               string        `env:"LATCHKEY_MODEL_WHEN" envDefault:"unsure" help:"Which texts the model reads: unsure (what the phrases do not settle), always, or never (it only phrases answers)."`
	ModelTimeout            time.Duration `env:"LATCHKEY_MODEL_TIMEOUT" envDefault:"4s" help:"How long a person waits for the model before they get the answer without it."`
	ModelConversationCalls  int           `env:"LATCHKEY_MODEL_CALLS_PER_CONVERSATION" envDefault:"20" help:"How often the model is asked for one conversation within a day, by each process. 0: no limit."`
	ModelConversationTokens int           `env:"LATCHKEY_MODEL_TOKENS_PER_CONVERSATION" envDefault:"60000" help:"How many tokens that may take. One reading takes about 2,500. 0: no limit."`
	ModelDayCalls           int           `env:"LATCHKEY_MODEL_CALLS_PER_DAY" envDefault:"2000" help:"How often the model is asked within a day (UTC) for all conversations, by each process. 0: no limit."`
	ModelDayTokens          int           `env:"LATCHKEY_MODEL_TOKENS_PER_DAY" envDefault:"5000000" help:"How many tokens that may take. 0: no limit."`
	ModelPrompts            string        `env:"LATCHKEY_MODEL_PROMPTS" help:"Folder with prompts of your own (read.md, write.md, label.md). Empty, or a file is not there: those that come with the program."`

	RemindAfter time.Duration `env:"LATCHKEY_REMIND_AFTER" envDefault:"30m" help:"Silence after which a person is reminded, once. 0: never."`
	CloseAfter  time.Duration `env:"LATCHKEY_CLOSE_AFTER" envDefault:"72h" help:"Further silence after which a conversation is put aside. Its place is kept. 0: never."`

	MailAfter time.Duration `env:"LATCHKEY_MAIL_AFTER" envDefault:"10m" help:"How long the team's words may stand unseen in the chat before they are mailed to a person who left an address. Needs a mail server. 0: never."`

	Flows     string `env:"LATCHKEY_FLOWS" help:"Folder with decision trees of your own. Empty: those that come with the program."`
	KB        string `env:"LATCHKEY_KB" help:"Folder with help articles of your own. Empty: those that come with the program."`
	LogLevel  string `env:"LATCHKEY_LOG_LEVEL" envDefault:"info" help:"debug, info, warn or error."`
	LogFormat string `env:"LATCHKEY_LOG_FORMAT" envDefault:"text" help:"text or json."`
}

// Secret is a setting that is never shown: not in logs, errors or JSON.
type Secret string

const hidden = "[secret]"

// String hides the value.
func (Secret) String() string { return hidden }

// GoString hides the value from %#v.
func (Secret) GoString() string { return hidden }

// MarshalText hides the value from JSON, and from slog inside a struct, where LogValue is not asked.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// shortestSecret is 32 hexadecimal digits: 128 bits.
const shortestSecret = 32

// settings are the fields of Config with their tags, in order.
func settings() []reflect.StructField {
	return reflect.VisibleFields(reflect.TypeFor[Config]())
}

// loadConfig reads the settings from the environment and the file `.env` in a folder.
func loadConfig(environ []string, folder string) (Config, error) {
	values, err := godotenv.Read(filepath.Join(folder, ".env"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return Config{}, fmt.Errorf(".env: %w", err)
	}
	if values == nil {
		values = map[string]string{}
	}
	for _, e := range environ {
		if name, v, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, "LATCHKEY_") {
			values[name] = v
		}
	}
	known := map[string]bool{}
	for _, f := range settings() {
		name := f.Tag.Get("env")
		known[name], known[name+"_FILE"] = true, true
		file, ok := values[name+"_FILE"]
		if !ok {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return Config{}, fmt.Errorf("%s_FILE: %w", name, err)
		}
		values[name] = strings.TrimRight(string(data), "\r\n")
	}
	for name := range values {
		if strings.HasPrefix(name, "LATCHKEY_") && !known[name] && !strings.HasPrefix(name, "LATCHKEY_TEST_") && !strings.HasPrefix(name, "LATCHKEY_REQUIRE_") {
			return Config{}, fmt.Errorf("there is no setting %s; `latchkey config` lists them", name)
		}
	}
	var c Config
	if err := env.ParseWithOptions(&c, env.Options{Environment: values}); err != nil {
		return Config{}, fmt.Errorf("settings: %w", err)
	}
	return c, c.check()
}

// check refuses settings that cannot work, all at once.
func (c Config) check() error {
	var errs []error
	wrong := func(name, format string, args ...any) {
		errs = append(errs, fmt.Errorf(name+": "+format, args...))
	}
	for name, address := range map[string]string{"LATCHKEY_SUPPORT_EMAIL": c.SupportEmail, "LATCHKEY_HEXPERT_EMAIL": c.HexpertEmail} {
		if a, err := mail.ParseAddress(address); address != "" && (err != nil || a.Address != address) {
			wrong(name, "%q is not a plain e-mail address such as help@example.com", address)
		}
	}
	if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		wrong("LATCHKEY_URL", "%q should look like https://help.example.com", c.URL)
	}
	if n := len(c.IdentitySecret); n > 0 && n < shortestSecret {
		wrong("LATCHKEY_IDENTITY_SECRET", "has %d characters, and needs %d not to be guessed", n, shortestSecret)
	}
	if _, err := bubble.ParseProxies(c.Proxies); err != nil {
		wrong("LATCHKEY_PROXIES", "%v", err)
	}
	if c.SlackBotToken != "" && c.SlackAppToken == "" && c.SlackSigningSecret == "" {
		wrong("LATCHKEY_SLACK_BOT_TOKEN", "needs LATCHKEY_SLACK_APP_TOKEN (Socket Mode) or LATCHKEY_SLACK_SIGNING_SECRET (HTTP) beside it")
	}
	for name, id := range map[string]string{"LATCHKEY_SLACK_SUPPORT_CHANNEL": c.SlackSupportChannel, "LATCHKEY_SLACK_HEXPERT_CHANNEL": c.SlackHexpertChannel} {
		if id != "" && !slackChannel.MatchString(id) {
			wrong(name, "%q is not the id of a channel, such as C0123456789 (the channel's details show it at the bottom)", id)
		}
	}
	if c.RemindAfter < 0 || c.CloseAfter < 0 || c.MailAfter < 0 {
		wrong("LATCHKEY_REMIND_AFTER, LATCHKEY_CLOSE_AFTER, LATCHKEY_MAIL_AFTER", "should not be negative")
	}
	if err := c.checkModel(); err != nil {
		errs = append(errs, err)
	}
	if _, err := logLevel(c.LogLevel); err != nil {
		wrong("LATCHKEY_LOG_LEVEL", "%q is not debug, info, warn or error", c.LogLevel)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		wrong("LATCHKEY_LOG_FORMAT", "%q is not text or json", c.LogFormat)
	}
	return errors.Join(errs...)
}

// slackChannel is the id of a channel, public or private.
var slackChannel = regexp.MustCompile(`^[CG][A-Z0-9]{6,}$`)

// slackQueues are the channels in which the team works.
func (c Config) slackQueues() map[bot.Queue]string {
	return map[bot.Queue]string{bot.QueueSupport: c.SlackSupportChannel, bot.QueueHexpert: c.SlackHexpertChannel}
}

// variables are the words that the texts of the flow files take from the settings.
func (c Config) variables() map[string]string {
	return map[string]string{
		"product": c.Product, "app": c.App, "web": c.Web, "expert": c.Expert,
		"support": c.SupportEmail, "hexpert": c.HexpertEmail,
	}
}

// addresses are where the queues' tickets are mailed to.
func (c Config) addresses() map[bot.Queue]string {
	return map[bot.Queue]string{bot.QueueSupport: c.SupportEmail, bot.QueueHexpert: c.HexpertEmail}
}

// missing lists the settings without which people are told less than they could be, each with
// what happens instead.
func (c Config) missing() []string {
	var out []string
	for _, m := range []struct{ value, name, instead string }{
		{c.SupportEmail, "LATCHKEY_SUPPORT_EMAIL", "tickets for support are written to the spool folder"},
		{c.HexpertEmail, "LATCHKEY_HEXPERT_EMAIL", "tickets for senior support are written to the spool folder"},
		{c.Product, "LATCHKEY_PRODUCT", "texts name no product"},
		{c.App, "LATCHKEY_APP", "texts say “the app”"},
		{c.Web, "LATCHKEY_WEB", "texts give no address of the web version"},
	} {
		if m.value == "" {
			out = append(out, fmt.Sprintf("%s is not set: %s", m.name, m.instead))
		}
	}
	return out
}

// writeSample writes the settings as a commented `.env` file.
func writeSample(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Settings of Latchkey. Copy this file to .env and change what you need; every line may stay out.\n")
	b.WriteString("# A secret may be given as a file instead: LATCHKEY_SMTP_PASSWORD_FILE=/run/secrets/smtp\n")
	for _, f := range settings() {
		fmt.Fprintf(&b, "\n# %s\n# %s=%s\n", f.Tag.Get("help"), f.Tag.Get("env"), f.Tag.Get("envDefault"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTable writes the settings as a Markdown table, for the README.
func writeTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| setting | default | meaning |\n|---|---|---|\n")
	for _, f := range settings() {
		value := f.Tag.Get("envDefault")
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Tag.Get("env"), value, f.Tag.Get("help"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
