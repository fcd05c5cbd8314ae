/**
 * The panel: the window that the button opens. It joins the line (talk.js), the log (log.js)
 * and the menu (menu.js), and knows what the person sees and where the focus is.
 */
import { Keep } from "./keep.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";
import { sheet } from "./style.js";
import { Talk } from "./talk.js";
import { icon, make } from "./text.js";

/**
 * @typedef {object} Setting
 * @property {URL} base where the bot is
 * @property {Record<string, string>} words what to say until the bot has said its own
 * @property {() => void} unread called when something came while the panel was closed
 */

const personMove = "jump:person"; // the move of the button that is always in sight

export class Panel {
  #host;
  #set;
  #words;
  #keep;
  #talk;
  #log;
  #menu;
  #shown = false;
  #stored = false;
  #first = true; // no hello was answered yet
  #old = 0; // messages up to here are history, not news
  #lang = ""; // chosen in the menu before there was a conversation
  /** @type {{lang?: string, status?: string, always: {move: string, label: string}[]}} */
  #state = { always: [] };
  /** @type {{code: string, name: string}[]} */ #languages = [];
  #resting = 0;

  /** @param {HTMLElement & {language: string}} host @param {ShadowRoot} root @param {Setting} set */
  constructor(host, root, set) {
    this.#host = host;
    this.#set = set;
    this.#words = set.words;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];

    this.title = make("h2", { id: "title", tabIndex: -1 });
    this.status = make("p", { className: "status" });
    this.more = make("button", { type: "button", className: "icon", "aria-haspopup": "menu", "aria-expanded": "false" }, icon("more"));
    this.shut = make("button", { type: "button", className: "icon" }, icon("close"));
    this.banner = make("p", { className: "banner", role: "status", hidden: true });
    this.notice = make("p", { className: "notice", role: "status", hidden: true });
    this.person = make("button", { type: "button", className: "person", hidden: true }, icon("person"), make("span"));
    this.input = make("textarea", { rows: 1, maxLength: 2000, enterKeyHint: "send", autocomplete: "off" });
    this.go = make("button", { type: "submit", className: "send", disabled: true }, icon("send"));
    this.form = make("form", {}, this.input, this.go);

    this.#log = new Log({
      press: (choice, seq) => this.#press(choice.move, choice.label, seq),
      retry: () => this.#talk.hurry(),
    });
    this.#menu = new Menu(this.more, {
      press: (move, label) => this.#press(move, label, 0),
      speak: (code, name) => this.#speak(code, name),
    });
    this.panel = make("section", { className: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
      make("header", {}, make("span", { className: "mark" }, icon("key")),
        make("div", { className: "who" }, this.title, this.status), this.more, this.shut),
      this.#menu.element, this.banner, this.#log.element, this.#log.newer,
      make("footer", {}, this.notice, this.person, this.form));
    root.prepend(this.panel);

    this.#listen();
    this.#keep = new Keep("latchkey:" + set.base.host, () => this.#otherTab());
    const url = new URL("bubble/socket", set.base);
    url.protocol = url.protocol.replace("http", "ws");
    this.#talk = new Talk(url.href, {
      hello: () => this.#hello(),
      frame: (frame) => this.#hear(frame),
      line: (state) => this.#line(state),
    });
    this.#word();
    if (this.#keep.token) this.#talk.begin();
  }

  /** Shows the panel. @param {boolean} focus whether to move the focus into it */
  show(focus) {
    clearTimeout(this.#resting);
    this.#shown = true;
    this.panel.hidden = false;
    this.#fit();
    this.#talk.begin();
    this.#log.settle();
    this.#read();
    try { sessionStorage.setItem("latchkey:open", "1"); } catch { /* then a reload closes it */ }
    if (focus) this.#focus(true);
    this.#tell("open");
  }

  /** Hides the panel, and gives the focus back. @param {HTMLElement} button */
  hide(button) {
    if (!this.#shown) return;
    const inside = this.panel.matches(":focus-within");
    this.#shown = false;
    this.#menu.close();
    this.panel.hidden = true;
    try { sessionStorage.removeItem("latchkey:open"); } catch { /* nothing was kept */ }
    if (inside) button.focus();
    // Without a conversation there is nothing to wait for.
    if (!this.#keep.token) this.#resting = setTimeout(() => this.#talk.rest(), 60_000);
    this.#tell("close");
  }

  /** Says hello again, because an attribute has changed. */
  begin() {
    this.#lang = "";
    if (this.#shown || this.#keep.token) this.#talk.begin();
  }

  /** Takes everything away again. */
  leave() {
    clearTimeout(this.#resting);
    this.#talk.end();
    this.#keep.leave();
    window.visualViewport?.removeEventListener("resize", this.#fit);
    this.panel.remove();
  }

  #listen() {
    this.shut.addEventListener("click", () => this.#close());
    this.person.addEventListener("click", () => this.#press(personMove, this.person.innerText, 0));
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      event.stopPropagation();
      this.#close();
    });
    this.input.addEventListener("input", () => this.#grow());
    // Enter sends, Shift and Enter begin a new line. Asking for the line break rather than for
    // the key leaves Enter to those who compose a word with it, and works on phones.
    let shift = false;
    this.input.addEventListener("keydown", (event) => { shift = event.shiftKey; });
    this.input.addEventListener("beforeinput", (event) => {
      if (shift || !/^insert(LineBreak|Paragraph)$/.test(event.inputType)) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.input.value.trim();
      if (!text) return;
      this.input.value = "";
      this.#grow();
      this.#say({ type: "message", text });
      this.input.focus();
    });
    window.visualViewport?.addEventListener("resize", this.#fit);
  }

  #close() {
    this.#host.removeAttribute("open");
  }

  /** On a phone the keyboard covers the page without making it smaller. */
  #fit = () => {
    const view = window.visualViewport;
    this.panel.style.setProperty("--seen", view && view.scale === 1 ? view.height + "px" : "100dvh");
  };

  #grow() {
    this.go.disabled = !this.input.value.trim();
    this.input.style.height = "auto";
    this.input.style.height = Math.min(this.input.scrollHeight, 132) + "px";
  }

  /** A field in focus opens the keyboard of a phone, over what is to be read. */
  #focus(opening = false) {
    const touch = matchMedia("(pointer:coarse)").matches;
    (touch ? (opening ? this.title : this.#log.element) : this.input).focus({ preventScroll: true });
  }

  /** @param {string} move @param {string} label @param {number} seq */
  #press(move, label, seq) {
    this.#say({ type: "press", move, label, seq });
    this.#focus();
  }

  /** Before the first word a language is only asked for; then it is a move. @param {string} code @param {string} name */
  #speak(code, name) {
    if (this.#stored || this.#keep.token) return this.#press("language:" + code, name, 0);
    this.#lang = code;
    this.#talk.begin();
  }

  /** @param {{type: string} & Record<string, any>} frame */
  #say(frame) {
    const fresh = !this.#keep.token;
    this.#keep.begin();
    this.notice.hidden = true;
    frame.id = "m-" + [...crypto.getRandomValues(new Uint8Array(12))].map((n) => (n % 36).toString(36)).join("");
    this.#log.pend(frame);
    if (fresh) this.#talk.begin(); // the first word: now there is a token to say hello with
    this.#talk.send(frame);
  }

  #hello() {
    return {
      type: "hello", v: 1, token: this.#keep.token, after: this.#stored ? this.#log.last : 0,
      lang: this.#lang || this.#host.language, audience: this.#host.getAttribute("audience") ?? "",
    };
  }

  /** Another tab has begun a conversation: it is ours too. */
  #otherTab() {
    this.#stored = false;
    this.#first = true;
    this.#log.clear();
    this.#talk.begin();
  }

  /** @param {{type: string} & Record<string, any>} frame */
  #hear(frame) {
    switch (frame.type) {
      case "hello":
        this.#stored = frame.stored;
        this.#languages = frame.languages;
        this.input.maxLength = frame.longest;
        if (this.#first) this.#old = frame.last;
        this.#first = false;
        this.#log.expect(frame.last);
        break;
      case "state":
        if (frame.words) this.#words = frame.words;
        this.#state = /** @type {any} */ (frame);
        this.#word();
        break;
      case "message":
        if (frame.from === "contact") this.#stored = true;
        if (this.#log.add(frame)) this.#news(frame);
        break;
      case "ack":
        this.#stored = true;
        this.#log.acked(frame.id);
        this.notice.hidden = true;
        break;
      case "thinking":
        this.#log.think();
        break;
      case "error":
        this.#refused(frame);
    }
  }

  /** @param {Record<string, any>} frame */
  #refused({ id, text, retry }) {
    this.notice.textContent = text;
    this.notice.hidden = false;
    if (retry) return;
    const back = this.#log.drop(id);
    if (back && !this.input.value) {
      this.input.value = back;
      this.#grow();
    }
  }

  /** @param {Record<string, any>} frame */
  #news(frame) {
    if (frame.seq > this.#old) {
      const { seq, from, text } = frame;
      this.#tell("message", { seq, from, text });
      if (frame.ticket) this.#tell("ticket", { number: frame.ticket, text });
    }
    if (this.#shown) this.#read();
    else if (frame.from !== "contact" && this.#stored && frame.seq > this.#keep.read) this.#set.unread();
  }

  #read() {
    if (this.#stored) this.#keep.read = this.#log.last;
  }

  /** @param {string} what @param {any} [detail] */
  #tell(what, detail) {
    this.#host.dispatchEvent(new CustomEvent("latchkey:" + what, { bubbles: true, composed: true, detail }));
  }

  /** @param {string} state */
  #line(state) {
    const text = { connecting: this.#first ? this.#words.connecting : this.#words.offline,
      offline: this.#words.offline, outdated: this.#words.outdated }[state];
    this.banner.textContent = text ?? "";
    this.banner.className = "banner " + state;
    this.banner.hidden = !text;
    this.#log.stalled(state !== "open");
  }

  /** Puts the words and the state where they are seen and heard. */
  #word() {
    const words = this.#words, { lang, status, always } = this.#state;
    this.panel.lang = lang ?? this.#host.language;
    this.title.textContent = words.title ?? "";
    this.status.textContent = words["status_" + status] ?? "";
    this.status.className = "status " + (status ?? "");
    this.input.placeholder = words.placeholder ?? "";
    for (const [button, word] of /** @type {const} */ ([[this.more, "menu"], [this.shut, "close"], [this.go, "send"], [this.input, "placeholder"]])) {
      button.setAttribute("aria-label", words[word] ?? "");
    }
    const person = always?.find(({ move }) => move === personMove);
    this.person.hidden = !person;
    this.person.lastElementChild.textContent = person?.label ?? "";
    this.#log.speak(words, lang ?? "");
    this.#menu.fill(words, always ?? [], this.#languages, lang ?? "");
  }
}
