/**
 * The panel: the window that the button opens. It joins the line (talk.ts), the log (log.ts) and
 * the parts around them, and knows what the person sees and where the focus is.
 */
import css from "./panel.css"; // first, so that all scripts stand together: packed, that is 190 bytes less
import { Bar, inBar } from "./bar";
import { small, type Words } from "./bubble";
import type { Color, luminance } from "./color";
import { Ending } from "./end";
import { Grip } from "./grip";
import { Keep, random } from "./keep";
import { Log } from "./log";
import { Menu } from "./menu";
import { frame as shot, heaviest, paint, prepare } from "./picture";
import type { Choice, Message } from "./row";
import { Sound } from "./sound";
import { Talk, type Frame, type Line } from "./talk";
import { icon, make, press } from "./text";
import { Write } from "./write";

/** What is said until the bot says its own; the server puts it here when it sends the script. */
const build = "@build@" as unknown as Words;

interface State {
  lang?: string;
  status?: string;
  always: Choice[];
  mails?: boolean;
  rating?: { seq: number; helpful: boolean };
}

// A restart of the server is over before anybody needs to know; a longer silence is not.
const shortly = 800, longer = 8000; // ms

/** How many tries without an answer, on a good line, leave one more: the last, after about a minute. */
const enough = 8;

/** Languages written from right to left. */
const leftward = /^(ar|dv|fa|he|ku|ps|sd|ug|ur|yi)\b/;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export class Panel {
  #host: HTMLElement & { language: string };
  #button: HTMLButtonElement;
  #base: URL;
  #words = build;
  #keep!: Keep;
  #talk: Talk;
  #log: Log;
  #bar: Bar;
  #menu: Menu;
  #write: Write;
  #ending: Ending;
  #grip: Grip;
  #sound = new Sound();
  #left = new AbortController(); // ends what is heard of the page
  #shown = false;
  #stored = false;
  #first = true; // no hello was answered yet
  #old = 0; // messages up to here are history, not news
  #lang = ""; // chosen in the menu before there was a conversation
  #user = "";
  #state: State = { always: [] };
  #languages: { code: string; name: string }[] = [];
  #seen = 0; // the last message of the team that was told to be seen
  #seeing = 0; // timer of telling it
  #resting = 0;
  #waiting = 0; // timer of the banner
  #told = ""; // what stays told
  #lost = ""; // the id of a picture that a reload took
  #pictures = Promise.resolve(); // they are made ready one after the other, and stay in order
  #screen = matchMedia(small);
  #dark = matchMedia("(prefers-color-scheme:dark)");

  #title = make("h2", { id: "title", tabIndex: -1 });
  #status = make("p", { className: "status" });
  #more = make("button", { type: "button", className: "icon", "aria-haspopup": "menu", "aria-expanded": "false" }, icon("more"));
  #shut = press(() => this.#close(), { className: "icon shut" }, icon("close"));
  #banner = make("p", { className: "banner", role: "status", hidden: true });
  #unread = make("span", { className: "count", hidden: true });
  #notice = make("p", { className: "notice", role: "status", hidden: true });
  element = make("dialog", { className: "panel", "aria-labelledby": "title" });

  /**
   * @param button opens the panel, and shows how much is unread
   * @param base where the bot is
   * @param paint has the panel painted anew: the system has turned dark, or light
   */
  constructor(host: HTMLElement & { language: string }, button: HTMLButtonElement, base: URL, paint: () => void) {
    this.#host = host;
    this.#button = button;
    this.#base = base;
    const root = host.shadowRoot!;
    root.adoptedStyleSheets.push(sheet);

    this.#menu = new Menu(this.#more);
    this.#bar = new Bar((choice) => this.#press(choice, 0));
    this.#ending = new Ending({
      rate: (helpful, text) => this.#send({ type: "rate", helpful, text }),
      mail: (email) => this.#ending.mark(this.#send({ type: "transcript", email })),
      comment: (text) => text === undefined ? this.#keep.comment : this.#keep.comment = text,
    });
    this.#log = new Log({ base, words: build, lang: "" }, {
      press: (choice, seq) => this.#press(choice, seq),
      retry: () => this.#talk.hurry(),
      older: (before) => this.#talk.ask({ type: "older", before }),
    }, this.#ending.element, this.element);
    this.#write = new Write(this.element, {
      text: (text) => this.#say({ type: "message", text }, text),
      picture: (file) => { this.#pictures = this.#pictures.then(() => this.#picture(file)); },
      draft: (text) => { this.#keep.draft = text; },
      refuse: (word) => this.#tellOff(this.#words[word]!),
    });
    this.#grip = new Grip(this.element, () => host.getAttribute("position") === "left", (size) => { this.#keep.size = size; });
    this.element.append(this.#grip.element,
      make("div", { className: "top" }, make("span", { className: "mark" }, icon("key")),
        make("div", { className: "who" }, this.#title, this.#status), this.#more, this.#shut),
      this.#menu.element, this.#banner, this.#log.element, this.#log.newer,
      make("div", { className: "foot" }, this.#notice, this.#bar.element, this.#write.element, this.#write.hint));
    root.prepend(this.element);
    button.append(this.#unread);

    const url = new URL("bubble/socket", base);
    url.protocol = url.protocol.replace("http", "ws");
    this.#talk = new Talk(url.href, {
      hello: () => this.#hello(),
      frame: (frame) => this.#hear(frame),
      line: (state) => this.#line(state),
      unsent: (frames) => { this.#keep.unsent = frames; },
      upload: (frame, signal, tries) => this.#upload(frame, signal, tries),
    });
    this.#listen(paint);
    this.#remember();
    this.#word();
    if (this.#keep.token) this.#talk.begin();
  }

  /** Shows the panel. @param focus whether to move the focus into it */
  show(focus: boolean) {
    clearTimeout(this.#resting);
    this.#shown = true;
    this.#frame();
    this.#fit();
    this.#grip.apply(this.#keep.size);
    this.#talk.begin();
    this.#log.settle();
    this.#read();
    try { if (!this.#fills) sessionStorage.setItem("latchkey:open", "1"); } catch { /* then a reload closes it */ }
    if (focus) this.#focus(true);
  }

  /** Hides the panel, and gives the focus back. */
  hide() {
    if (!this.#shown || this.#fills) return;
    const inside = this.element.matches(":focus-within");
    this.#shown = false;
    this.#menu.close();
    this.element.close();
    try { sessionStorage.removeItem("latchkey:open"); } catch { /* nothing was kept */ }
    if (inside) this.#button.focus();
    // Without a conversation there is nothing to wait for.
    if (!this.#keep.token) this.#resting = setTimeout(() => this.#talk.rest(), 60_000);
    this.#count();
    this.#tell("close");
  }

  /** Says hello again, because an attribute has changed. */
  begin(what: string) {
    if (what === "lang") this.#lang = "";
    if (user(this.#host) !== this.#user) this.#remember();
    if (this.#shown || this.#keep.token) this.#talk.begin();
  }

  /**
   * Makes the accent readable as text, on every ground it is read on.
   * @param light reckons the luminance: the loader has it anyway
   */
  paint(accent: Color, light: typeof luminance) {
    const contrast = (a: Color, b: Color) => {
      const [x, y] = [light(a) + .05, light(b) + .05];
      return Math.max(x, y) / Math.min(x, y);
    };
    const { style } = this.element, theme = this.#host.getAttribute("theme");
    const dark = theme === "dark" || theme !== "light" && this.#dark.matches;
    // The soft ground, and one that is tinted more than the tinted one.
    const soft: Color = dark ? [35, 41, 48] : [243, 244, 247], tint = mixed(accent, soft, dark ? .16 : .08);
    let text = accent; // becomes darker, or lighter, until it can be read on both
    for (let i = 0; i < 20 && Math.min(contrast(text, soft), contrast(text, tint)) < 4.6; i++) text = mixed(text, dark ? [255, 255, 255] : [0, 0, 0], .88);
    style.setProperty("--strong", `rgb(${text.slice(0, 3).map(Math.round).join(" ")})`);
    this.element.classList.toggle("dark", dark);
  }

  /** Takes everything away again. */
  leave() {
    clearTimeout(this.#resting);
    clearTimeout(this.#waiting);
    clearTimeout(this.#seeing);
    this.#talk.end();
    this.#keep.leave();
    this.#log.leave();
    this.#sound.leave();
    this.#left.abort();
    this.element.remove();
    this.#unread.remove();
    const root = this.#host.shadowRoot!;
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((it) => it !== sheet);
  }

  /** @param paint is for when the system turns dark, or light */
  #listen(paint: () => void) {
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      event.stopPropagation();
      event.preventDefault();
      this.#close();
    });
    // On a phone, "back" closes the panel before it leaves the page.
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
    // However it was closed, the page sees it in the attribute.
    this.element.addEventListener("close", () => { if (this.#shown && !this.element.open) this.#close(); });
    const hear = (at: EventTarget | null, what: string, act: () => void) => at?.addEventListener(what, act, this.#left);
    hear(this.#dark, "change", paint);
    hear(this.#screen, "change", () => this.#turned());
    for (const what of ["resize", "scroll"]) hear(window.visualViewport, what, () => this.#fit());
    // Somebody looks at the page again.
    hear(document, "visibilitychange", () => { if (this.#shown) this.#read(); });
  }

  get #fills() { return this.#host.getAttribute("position") === "fill"; }

  #close() {
    if (!this.#fills) this.#host.removeAttribute("open");
  }

  /**
   * On a small screen the panel is all there is: the page behind it cannot be reached. Elsewhere
   * it stands beside the page. The method show would move the focus.
   */
  #frame() {
    const whole = this.#screen.matches && !this.#fills, { element } = this;
    if (element.open && element.matches(":modal") === whole) return;
    element.close(); // without its attribute alone, a modal one goes on shutting the page off
    if (whole) element.showModal();
    else element.setAttribute("open", "");
  }

  /** The window was turned or pulled to another size. */
  #turned() {
    if (!this.#shown) return;
    const focused = (this.#host.shadowRoot!.activeElement ?? this.#title) as HTMLElement;
    this.#frame();
    this.#fit();
    focused.focus({ preventScroll: true });
  }

  /** On a phone the keyboard covers the page without making it smaller, and may push it up. */
  #fit() {
    const { visualViewport } = window, { style } = this.element, view = visualViewport?.scale === 1 ? visualViewport : undefined;
    style.setProperty("--seen", view ? view.height + "px" : "");
    style.setProperty("--top", view ? view.offsetTop + "px" : "");
  }

  /** A field in focus opens the keyboard of a phone, over what is to be read. */
  #focus(opening = false) {
    const touch = matchMedia("(pointer:coarse)").matches;
    (touch ? (opening ? this.#title : this.#log.element) : this.#write.input).focus({ preventScroll: true });
  }

  /** Takes up what this browser knows of the person. */
  #remember() {
    this.#user = user(this.#host);
    this.#keep?.leave();
    this.#talk.forget();
    this.#log.forget();
    this.#lost = "";
    this.#tellOff("");
    this.#keep = new Keep("latchkey:" + this.#base.host, this.#user, (fresh) => fresh ? this.#afresh() : this.#count());
    this.#afresh(false);
    this.#write.set(this.#keep.draft);
    // What a reload or a crash cut off is sent again, under its old name; a picture was too large to keep.
    for (const frame of this.#keep.token ? this.#keep.unsent : []) this.#queue(frame);
  }

  /** Another conversation is ours now: another tab has begun it, or somebody has signed in. */
  #afresh(hello = true) {
    this.#stored = false;
    this.#first = true;
    this.#log.clear();
    if (hello) this.#talk.begin();
  }

  #press({ move, label }: Choice, seq: number) {
    this.#say({ type: "press", move, label, seq }, label);
    this.#focus();
  }

  /** Before the first word a language is only asked for; then it is a move. */
  #speak(code: string, name: string) {
    if (this.#stored || this.#keep.token) return this.#press({ move: "language:" + code, label: name }, 0);
    this.#lang = code;
    this.#talk.begin();
  }

  async #picture(file: File) {
    const { blob, bitmap } = await prepare(file);
    if (blob.size > heaviest) return this.#tellOff(this.#words.picture_large!);
    const label = this.#words.picture, canvas = shot(bitmap?.width ?? 320, bitmap?.height ?? 180, label);
    if (bitmap) paint(canvas, bitmap);
    this.#say({ type: "picture", blob }, label, canvas);
  }

  async #upload({ blob, id }: Frame, signal: AbortSignal, tries: number): Promise<Frame> {
    const body = new FormData();
    body.append("hello", JSON.stringify({ ...this.#hello(), id }));
    body.append("picture", blob);
    this.#log.going(id!, true);
    let status = 0, told: Frame | undefined;
    try {
      const answer = await fetch(new URL("bubble/picture", this.#base), {
        method: "POST", body, credentials: "omit", referrerPolicy: "no-referrer", signal,
      });
      status = answer.status;
      told = await answer.json();
    } catch { /* no answer, or not one of the bot's */ }
    if (told?.type !== "ack" && told?.type !== "error") {
      // A proxy stands before the bot. What it refuses it refuses again, unless it is only busy; and
      // a page of another site is not even shown its refusals.
      told = /^4(?!08|29)/.test(String(status)) || tries >= enough
        ? { type: "error", text: this.#words[status === 413 ? "picture_large" : "picture_failed"] }
        : { type: "error", retry: 1 };
    }
    if (told.retry) this.#log.going(id!, false);
    return { ...told, id };
  }

  /** Says something: it stands in the log at once, and goes out as soon as it can. */
  #say(frame: Frame, text: string, picture?: HTMLElement) {
    this.#lost = "";
    this.#tellOff("");
    this.#log.pend({ id: frame.id = newID(), text, move: frame.move, picture });
    this.#out(frame);
  }

  /** Sends something that is no part of the log, and gives its id. */
  #send(frame: Frame) {
    frame.id = newID();
    this.#out(frame);
    return frame.id;
  }

  #out(frame: Frame) {
    const fresh = !this.#keep.token;
    this.#keep.begin();
    if (fresh) this.#talk.begin(); // the first word: now there is a token to say hello with
    this.#talk.send(frame);
  }

  #queue(frame: Frame) {
    if (frame.type === "picture") return void (this.#lost = frame.id!);
    if (frame.type === "message" || frame.type === "press") {
      this.#log.pend({ id: frame.id!, text: frame.text ?? frame.label, move: frame.move });
    }
    this.#talk.send(frame);
  }

  #hello() {
    const of = (name: string) => this.#host.getAttribute(name) ?? undefined;
    return {
      type: "hello", v: 1, token: this.#keep.token, after: this.#stored ? this.#log.last : 0,
      lang: this.#lang || this.#host.language, audience: of("audience"),
      name: of("name"), email: of("email"), identity: of("identity"),
    };
  }

  #hear(frame: Frame) {
    switch (frame.type) {
      case "hello":
        this.#stored = frame.stored;
        this.#languages = frame.languages;
        this.#write.longest = frame.longest;
        this.#log.expect(frame.last, frame.after ? undefined : frame.first, this.#first && frame.stored);
        if (this.#first) this.#old = frame.last;
        this.#first = false;
        this.#seen = 0; // it may have been lost with the line
        if (this.#shown) this.#read();
        break;
      case "state":
        if (frame.words) this.#words = frame.words;
        if (this.#lost) this.#tellOff(this.#words.picture_lost ?? "");
        this.#state = frame as unknown as State;
        this.#word();
        break;
      case "message":
        if (frame.from === "contact") this.#stored = true;
        if (this.#lost && frame.id === this.#lost) this.#lost = "", this.#tellOff(""); // it had come through
        if (this.#log.add(frame as unknown as Message)) this.#news(frame as unknown as Message);
        this.#conclude();
        break;
      case "older":
        this.#log.turned(frame.first);
        break;
      case "ack":
        this.#stored = true;
        this.#log.acked(frame.id!);
        this.#ending.took(frame.id!);
        this.#tellOff(this.#told);
        break;
      case "thinking":
        this.#log.think(true);
        break;
      case "error":
        this.#refused(frame);
    }
  }

  #refused({ id = "", text, retry }: Frame) {
    if (this.#ending.refused(id, text ?? "")) return;
    if (text) this.#tellOff(text, !retry);
    if (retry) return;
    const back = this.#log.drop(id);
    if (back) this.#write.giveBack(back);
  }

  /** @param stays until the person says something, and not only until something has come through */
  #tellOff(text: string, stays = true) {
    if (stays) this.#told = text;
    this.#notice.textContent = text;
    this.#notice.hidden = !text;
  }

  #news({ seq, from, text, ticket }: Message) {
    if (seq > this.#old) {
      const quiet = !this.#tell("message", { seq, from, text });
      if (ticket) this.#tell("ticket", { number: ticket, text });
      const away = !this.#shown || document.hidden || from === "agent";
      if (from !== "contact" && away && !quiet && this.#sounds) this.#sound.play();
    }
    if (this.#shown) this.#read();
    else this.#count();
  }

  get #sounds() { return this.#keep.sound ?? this.#host.hasAttribute("sound"); }

  /** What is in front of the person counts as read, and the team learns of it. */
  #read() {
    this.#log.redate();
    this.#seeing ||= setTimeout(() => {
      this.#seeing = 0;
      const seq = this.#log.answer;
      if (this.#shown && this.#stored && !document.hidden && seq > this.#seen) this.#talk.ask({ type: "seen", seq: this.#seen = seq });
    }, 500);
    if (this.#stored && !document.hidden) this.#keep.read = Math.max(this.#keep.read, this.#log.last);
    this.#count();
  }

  #count() {
    const n = this.#stored && !this.#shown ? this.#log.after(this.#keep.read) : 0, words = this.#words;
    this.#unread.hidden = !n;
    this.#unread.textContent = n > 9 ? "9+" : String(n);
    const news = n === 1 ? words.unread : `${n} ${words.unread_many}`;
    this.#button.ariaLabel = this.#host.hasAttribute("open") ? words.close : words.open + (n ? ". " + news : "");
  }

  /** Tells the page; false if it wants nothing further done about it. */
  #tell(what: string, detail?: unknown) {
    return this.#host.dispatchEvent(new CustomEvent("latchkey:" + what, { bubbles: true, composed: true, cancelable: what === "message", detail }));
  }

  #line(state: Line) {
    if (state === "open" || state === "outdated") {
      clearTimeout(this.#waiting);
      this.#waiting = 0;
      this.#banner.hidden = state === "open";
      if (state === "open") return this.#log.stalled(false);
      return this.#warn("outdated", "outdated");
    }
    if (state === "offline" && !navigator.onLine) return this.#gone();
    if (this.#waiting) return; // the clock runs already
    this.#waiting = setTimeout(() => {
      this.#warn("", this.#first ? "connecting" : "reconnecting");
      this.#waiting = setTimeout(() => this.#gone(), longer);
    }, shortly);
  }

  /** There is no line, and what is written waits. */
  #gone() {
    this.#warn("offline", "offline");
    this.#log.stalled(true);
  }

  #warn(kind: string, word: string) {
    this.#banner.className = "banner " + kind;
    this.#banner.textContent = this.#words[word]!;
    this.#banner.hidden = false;
  }

  /** Puts the words and the state where they are seen and heard. */
  #word() {
    const words = this.#words, { lang = this.#host.language, status, always } = this.#state;
    this.element.lang = lang;
    this.element.dir = this.#host.dir || (leftward.test(lang) ? "rtl" : "ltr");
    this.#title.textContent = words.title;
    this.#status.textContent = words["status_" + status]!;
    this.#status.className = "status " + (status ?? "");
    this.#more.setAttribute("aria-label", words.menu);
    this.#shut.setAttribute("aria-label", words.close);
    this.#grip.element.setAttribute("aria-label", words.size);
    this.#write.speak(words);
    this.#bar.fill(words, always);
    this.#log.speak(words, lang);
    // The switch is a move like any other, and only there when it is legal.
    const tongues = this.#languages
      .filter(({ code }) => code === lang || always.some(({ move }) => move === "language:" + code))
      .map(({ code, name }) => ({
        label: name, lang: code, one: true, mark: code === lang,
        act: () => { if (code !== lang) this.#speak(code, name); },
      }));
    const moves = always
      .filter(({ move }) => !inBar(move) && !move.startsWith("language:"))
      .map((choice) => ({ label: choice.label, act: () => this.#press(choice, 0) }));
    this.#menu.fill(words, [...moves, {
      label: words.sound, mark: this.#sounds, act: () => {
        this.#keep.sound = !this.#sounds;
        if (this.#sounds) this.#sound.play();
        this.#word();
      },
    }], tongues);
    this.#count();
    this.#conclude();
  }

  /** Shows what belongs below the end of a conversation, if it has come to one. */
  #conclude() {
    const end = this.#stored && this.#state.status !== "bot" ? this.#log.end : undefined, { rating, mails = false } = this.#state;
    this.#ending.show(this.#words, end && {
      seq: end.seq, mails, helpful: rating && rating.seq >= end.seq ? rating.helpful : undefined,
    });
  }
}

/** 72 random bits: enough to tell the messages of a conversation apart. */
const newID = () => "m-" + random(9);

/**
 * Who is signed in on the page, as its server says; the signature is the bot's to check. One without
 * an id is nobody to the bot, and still shares nothing with the next one here.
 */
function user(host: HTMLElement): string {
  try {
    const told = (host.getAttribute("identity") ?? "").split(".")[0]!.replace(/-/g, "+").replace(/_/g, "/");
    const { id, email, name } = JSON.parse(atob(told));
    return String(id || email || name || "");
  } catch {
    return "";
  }
}

const mixed = (a: Color, b: Color, part: number) =>
  a.map((x, i) => b[i]! + (x - b[i]!) * part) as unknown as Color;
