/**
 * The log: what was said, in order, and below it what is on its way. It is drawn by number, so
 * that hearing the same message twice changes nothing on the screen, and what is drawn stays: a
 * screen reader reads a message when it appears, and only then.
 */
import type { Words } from "./bubble";
import { answered, message as drawn, own, reword, type Choice, type Message, type Setting } from "./row";
import { icon, make, press } from "./text";
import { Times } from "./times";

/** What is on its way. */
export interface Pending { id: string; text: string; move?: string; picture?: HTMLElement }

/** What answers a question: a message, or what is on its way. */
interface Answer { message: { move?: string; text: string }; row: HTMLElement }

interface Entry { seq: number; message: Message; plain: string; row: HTMLElement }

const patience = 6000; // ms until a message that is on its way says so
const nearness = 48; // px from the end that still count as the end

export interface Acts {
  press(choice: Choice, seq: number): void;
  retry(): void;
  /** The messages before this number are wanted; false if nobody can be asked now. */
  older(before: number): boolean;
}

export class Log {
  #to: Acts;
  #set: Setting;
  #times = new Times();
  #entries: Entry[] = []; // by number
  #pending = new Map<string, { frame: Pending; row: HTMLElement; timer: number; sent?: boolean; going?: boolean }>();
  #first = 1; // the lowest number that is here
  #page: Message[] | undefined; // earlier messages that are coming
  #wanted = false; // they were wanted while nobody could be asked
  #until = 0; // up to here it is history, which is not read out
  #at = 0; // where we scrolled to last
  #due = false; // a scroll is planned
  #down = false;
  #panel: HTMLElement;
  #marked: HTMLElement | undefined; // shows that it was sent

  log = make("div", { className: "log", role: "log", "aria-relevant": "additions" });
  typing = make("div", { className: "typing", role: "status" });
  #earlier = press(() => this.#older(), { className: "earlier", hidden: true });
  newer: HTMLButtonElement;
  element: HTMLElement;

  /**
   * @param after what stands below the log, in the same scroll
   * @param panel what scrolls where there is so little height that everything scrolls together
   */
  constructor(set: Setting, to: Acts, after: HTMLElement, panel: HTMLElement) {
    this.#set = set;
    this.#to = to;
    this.#panel = panel;
    this.element = make("div", { className: "scroll", tabIndex: 0, role: "region" }, this.#earlier, this.log, this.typing, after);
    this.newer = press(() => {
      this.#go(this.#box.scrollHeight);
      this.element.focus({ preventScroll: true });
    }, { className: "newer", hidden: true }, icon("down"), make("span"));
    panel.addEventListener("scroll", () => {
      if (this.#near()) this.newer.hidden = true;
      // Earlier messages come before the scroll reaches its top.
      if (this.#box.scrollTop < 300) this.#older();
    }, { passive: true, capture: true });
    this.log.addEventListener("pointerover", (event) => this.#tell(event.target as HTMLElement));
  }

  /** What scrolls; panel.css says when it is not the log. */
  get #box() { return getComputedStyle(this.element).overflowY === "visible" ? this.#panel : this.element; }

  #go(top: number) {
    const box = this.#box;
    box.scrollTop = top;
    this.#at = box.scrollTop;
  }

  /** Where a row begins or ends, in what scrolls. */
  #top(row: HTMLElement) { return row.offsetTop + (this.#box === this.element ? 0 : this.element.offsetTop); }
  #end(row: HTMLElement) { return this.#top(row) + row.offsetHeight; }

  /** The number of the last message. */
  get last() { return this.#entries.at(-1)?.seq ?? 0; }

  /** The number of the last message of the team. */
  get answer() { return this.#entries.findLast(({ message }) => message.from === "agent")?.seq ?? 0; }

  /** How many messages of others came after a number. */
  after(seq: number) {
    let n = 0;
    for (let i = this.#entries.length - 1; i >= 0 && this.#entries[i]!.seq > seq; i--) {
      if (this.#entries[i]!.message.from !== "contact") n++;
    }
    return n;
  }

  /** The message that tells how it ended, as long as nothing was asked after it. */
  get end() {
    const ends = ({ event }: Message) => event === "resolved" || event === "ticket";
    const last = this.#entries.findLast(({ message }) => ends(message) || message.choices?.length)?.message;
    return last && ends(last) ? last : undefined;
  }

  /**
   * Gets ready for the log up to a number; what is beyond it does not exist any more.
   * @param old whether it is history, rather than what was missed
   */
  expect(last: number, first?: number, old = false) {
    this.#until = old ? last : Math.min(this.#until, last);
    if (first !== undefined) this.#first = first;
    const wanted = this.#wanted || this.#page; // the line took the answer along
    this.#page = undefined;
    for (const { row } of this.#entries.splice(this.#find(last + 1))) row.remove();
    this.log.ariaBusy = String(this.last < this.#until);
    this.#earlier.hidden = this.#first <= 1;
    this.#reopen();
    if (wanted) this.#older();
  }

  clear() { this.expect(0, 1); }

  /** Takes away what is on its way. */
  forget() { for (const id of this.#pending.keys()) this.#gone(id); }

  /** Draws a message in its place; false if it is there already. */
  add(message: Message) {
    if (this.#page && message.seq < this.#first) {
      this.#page.push(message);
      return false;
    }
    // An old message that is another now, and is not here yet, comes with its neighbours.
    if (message.seq < this.#first) return false;
    const news = this.#put(message);
    if (message.seq >= this.#until) this.log.ariaBusy = "false";
    if (message.from !== "contact") this.think(false);
    this.#mark();
    this.#scroll(message.from !== "contact");
    return news;
  }

  /** The earlier messages that were asked for have come. */
  turned(first: number) {
    const page = this.#page, head = this.#entries[0]?.row;
    if (!page) return;
    // Above its words the row may lose the day; what is below them stays.
    const before = head ? this.#end(head) - this.#box.scrollTop : 0, focused = this.#earlier.matches(":focus");
    for (const message of page) if (message.seq >= first) this.#put(message);
    this.#first = first;
    this.#page = undefined;
    this.#earlier.hidden = first <= 1;
    if (head) this.#go(this.#end(head) - before);
    if (focused && first <= 1) this.element.focus({ preventScroll: true });
  }

  /** Shows what was typed or pressed, before the server has it. */
  pend(frame: Pending) {
    const row = own(this.#set.words, frame.text, frame.picture);
    row.classList.add("pending");
    this.log.append(row);
    const timer = setTimeout(() => this.#late(frame.id), patience);
    this.#pending.set(frame.id, { frame, row, timer });
    this.#state(row, "sending");
    if (this.#down) this.#late(frame.id);
    this.#reopen();
    this.#go(this.#box.scrollHeight);
  }

  /** A picture is on its way, however long it takes, or has to be tried again. */
  going(id: string, on: boolean) {
    const it = this.#pending.get(id);
    if (!it) return;
    it.going = on;
    if (on) this.#sending(it.row);
    else this.#late(id);
  }

  /** The server has the message. */
  acked(id: string) {
    this.think(false);
    const it = this.#pending.get(id);
    if (!it) return;
    clearTimeout(it.timer);
    it.sent = true;
    it.row.classList.remove("pending", "late");
    this.#state(it.row, "sent");
    // The log may have been ahead of the acknowledgement, in another place.
    if (this.#entries.some(({ message }) => message.id === id)) this.#gone(id);
  }

  /** Takes a message back that was not accepted, and gives what was typed. */
  drop(id: string) {
    const frame = this.#pending.get(id)?.frame;
    this.#gone(id);
    this.think(false);
    this.#reopen();
    return frame?.move || frame?.picture ? "" : frame?.text ?? "";
  }

  /** Shows that an answer is being written, or no longer. */
  think(on: boolean) {
    if (on === this.typing.childElementCount > 0) return;
    this.typing.replaceChildren(...on ? [make("span", { className: "sr" }, this.#set.words.thinking!), make("i"), make("i"), make("i")] : []);
    if (!on) return;
    for (const { row, timer, going } of this.#pending.values()) {
      if (going !== undefined) continue; // the answer is to what passed it
      clearTimeout(timer);
      row.querySelector(".meta")?.remove();
    }
    this.#scroll(false);
  }

  /** Tells waiting messages that the line is down, or up again. */
  stalled(down: boolean) {
    this.#down = down;
    // What has come of the history is shown, then; the rest comes with the line.
    if (down) this.think(false), this.log.ariaBusy = "false";
    for (const [id, { row, sent, going }] of this.#pending) {
      if (sent) continue;
      if (down) this.#late(id);
      else if (going !== false) this.#sending(row);
    }
  }

  /** Changes the language of what the log itself says. */
  speak(words: Words, lang: string) {
    const { log } = this;
    this.#set.words = words;
    this.#set.lang = lang;
    this.#times.speak(lang);
    this.element.setAttribute("aria-label", words.log);
    log.setAttribute("aria-label", words.log);
    this.newer.lastElementChild!.textContent = words.newer!;
    this.#earlier.textContent = words.earlier!;
    reword(log, words);
    this.#entries.forEach((_, i) => this.#stamp(i));
  }

  /** Says anew which day each message is of, once what was today is yesterday. */
  redate() {
    if (this.#times.turned()) this.#entries.forEach((_, i) => this.#stamp(i));
  }

  /** Goes to where reading goes on, once the log can be seen. */
  settle() {
    this.#scroll(true, true);
  }

  leave() {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
  }

  /** Where a number stands or would stand. */
  #find(seq: number) {
    let low = 0, high = this.#entries.length;
    while (low < high) {
      const middle = low + high >> 1;
      if (this.#entries[middle]!.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #put(message: Message) {
    // The welcome comes again with the first answer, at another time.
    const { seq } = message, plain = JSON.stringify({ ...message, at: 0 }), i = this.#find(seq);
    const known = this.#entries[i]?.seq === seq ? this.#entries[i] : undefined;
    if (known?.plain === plain) {
      known.message = message;
      this.#gone(message.id);
      return false;
    }
    const waits = message.id ? this.#pending.get(message.id) : undefined;
    // What the person sees of their own words already becomes the message.
    const adopts = waits && !known && i === this.#entries.length && waits === this.#pending.values().next().value;
    const row = adopts ? waits.row : drawn(message, this.#set, (choice) => this.#to.press(choice, seq));
    row.dataset.seq = String(seq);
    // Browsers tell screen readers in batches, so that the log may be busy no more by then.
    if (this.#page || seq <= this.#until) row.ariaLive = "off";
    if (adopts) {
      clearTimeout(waits.timer);
      this.#pending.delete(message.id!);
      // Whether it is an answer is asked again: another tab may have been quicker.
      row.classList.remove("pending", "late", "picked");
      for (const el of row.querySelectorAll(".meta, p > svg")) el.remove();
    } else {
      this.#gone(message.id);
      if (known) known.row.replaceWith(row);
      else this.log.insertBefore(row, this.#entries[i]?.row ?? this.#waiting()?.row ?? null);
    }
    this.#entries.splice(i, known ? 1 : 0, { seq, message, plain, row });
    this.#stamp(i);
    this.#stamp(i + 1);
    if (message.from === "contact") this.#answers(i, this.#entries[i]);
    else if (message.choices) this.#ask(i);
    return !known;
  }

  /** The first message on its way. */
  #waiting() { return this.#pending.values().next().value; }

  /** A message on its way is there, or given up. */
  #gone(id: string | undefined) {
    const it = id ? this.#pending.get(id) : undefined;
    if (!it) return;
    clearTimeout(it.timer);
    it.row.remove();
    this.#pending.delete(id!);
  }

  /** A message of the person answers the questions before it, up to the last of theirs. */
  #answers(i: number, answer: Answer | undefined) {
    while (--i >= 0 && this.#entries[i]!.message.from !== "contact") this.#close(i, answer);
  }

  /** A question is answered by the next message of the person, if there is one. */
  #ask(i: number) {
    const answer = this.#entries.slice(i + 1).find(({ message }) => message.from === "contact");
    this.#close(i, answer ?? this.#waitingAsEntry());
  }

  /** The last questions are open again, or answered by what is on its way. */
  #reopen() { this.#answers(this.#entries.length, this.#waitingAsEntry()); }

  #waitingAsEntry() {
    const it = this.#waiting();
    return it && { message: it.frame, row: it.row };
  }

  #close(i: number, answer: Answer | undefined) {
    const { row, message } = this.#entries[i]!;
    if (!message.choices?.length) return;
    answered(row, answer?.message, this.#set.words);
    const picked = answer && message.choices.some(({ move, label }) => move === answer.message.move && label === answer.message.text);
    if (picked && !answer.row.classList.contains("picked")) {
      answer.row.classList.add("picked");
      answer.row.querySelector(".bubble p")?.append(icon("check"));
    }
  }

  /** Puts the time over a message where a day or a conversation begins, and draws neighbours near. */
  #stamp(i: number) {
    const { message, row } = this.#entries[i] ?? {}, before = this.#entries[i - 1]?.message;
    if (!message || !row) return;
    const time = this.#times.between(before?.at, message.at), old = row.querySelector("time");
    if (time && old) {
      old.className = time.className;
      old.firstChild!.nodeValue = time.textContent; // what is added would be read out
    } else time ? row.prepend(time) : old?.remove();
    row.classList.toggle("follows", !time && before?.from === message.from && before.name === message.name);
  }

  /** Under the last of the person's own messages stands that it was sent, and when. */
  #mark() {
    const last = this.#lastOwn();
    if (last?.row === this.#marked) return;
    this.#marked?.querySelector(".meta")?.remove();
    this.#marked = last?.row;
    if (last) this.#state(last.row, "sent", this.#times.short(last.message.at));
  }

  #lastOwn() { return this.#entries.findLast(({ message }) => message.from === "contact"); }

  #state(row: HTMLElement, key: string, more = "") {
    const meta = row.querySelector<HTMLElement>(".meta") ?? row.appendChild(make("div", { className: "meta" }));
    const word = make("span", {}, this.#set.words[key]!);
    word.dataset.word = key;
    meta.ariaLive = key === "not_sent" ? null : "off"; // only that is worth being read out
    meta.replaceChildren(word, ...more ? [" · " + more] : []);
  }

  #sending(row: HTMLElement) {
    row.classList.remove("late");
    this.#state(row, "sending");
  }

  #late(id: string) {
    const { row, going } = this.#pending.get(id) ?? {};
    if (!row || going || row.classList.contains("late")) return;
    row.classList.add("late");
    this.#state(row, "not_sent");
    const again = press(() => this.#to.retry(), {}, this.#set.words.retry);
    again.dataset.word = "retry";
    row.querySelector(".meta")!.append(" ", again);
    this.#scroll(false);
  }

  #older() {
    // While the newest are still coming, the scroll is near its top for want of messages.
    if (this.#page || this.#earlier.hidden || this.#first <= 1 || this.last < this.#until || !this.#entries.length) return;
    this.#wanted = !this.#to.older(this.#first);
    if (!this.#wanted) this.#page = [];
  }

  /** Whoever points at a message learns when it was said. */
  #tell(target: HTMLElement) {
    const bubble = target.closest<HTMLElement>(".bubble"), row = bubble?.closest<HTMLElement>("[data-seq]");
    if (!bubble || !row || bubble.title) return;
    const at = this.#entries[this.#find(Number(row.dataset.seq))]?.message.at;
    if (at) bubble.title = this.#times.long(at);
  }

  #near() {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    return scrollHeight - clientHeight - scrollTop < nearness;
  }

  /**
   * Keeps the person's own last words at the top and the answer below them: a long answer is
   * read from its beginning. Who has scrolled elsewhere stays there.
   * @param news whether to say so then
   */
  #scroll(news: boolean, always = false) {
    const here = always || this.#near() || Math.abs(this.#box.scrollTop - this.#at) < nearness;
    if (!here) {
      if (news) this.newer.hidden = false;
      return;
    }
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      const row = [...this.#pending.values()].at(-1)?.row ?? this.#lastOwn()?.row;
      // Without words of theirs in sight a welcome is read from its top, and a long log from its end.
      this.#go(row ? this.#top(row) - 12 : this.#first > 1 ? this.#box.scrollHeight : 0);
      // A whole message below the edge would be overlooked.
      const end = this.#entries.at(-1)?.row;
      if (news && end && this.#top(end) > this.#at + this.#box.clientHeight) this.newer.hidden = false;
    });
  }
}
