/**
 * The log: what was said, in order, and below it what is on its way. It is drawn by number, so
 * that hearing the same message twice changes nothing on the screen.
 */
import { blocks, icon, make } from "./text.js";

/**
 * @typedef {{move: string, label: string}} Choice
 * @typedef {{seq: number, from: string, text: string, id?: string, choices?: Choice[], move?: string,
 *   event?: string, ticket?: string, at?: number}} Message
 * @typedef {{id: string, text?: string, label?: string, move?: string, seq?: number}} Pending
 */

const patience = 6000; // ms until a message that is on its way says so
const pause = 20 * 60_000; // a time is shown after so long a silence

export class Log {
  #to;
  /** @type {Record<string, string>} */ #words = {};
  #lang = "";
  /** @type {Map<number, {message: Message, plain: string, row: HTMLElement}>} */ #rows = new Map();
  /** @type {Map<string, {frame: Pending, row: HTMLElement, timer: number}>} */ #pending = new Map();
  #order = /** @type {number[]} */ ([]);
  #typing = make("div", { className: "row typing", hidden: true },
    make("span", { className: "sr" }), make("i"), make("i"), make("i"));
  #until = 0; // history is coming up to here
  #at = 0; // where we scrolled to last
  #due = false; // a scroll is planned
  #stalled = false;

  element = make("div", { className: "log", role: "log", tabIndex: 0 }, this.#typing);
  newer = make("button", { type: "button", className: "newer", hidden: true }, icon("down"), make("span"));

  /** @param {{press: (choice: Choice, seq: number) => void, retry: () => void}} to */
  constructor(to) {
    this.#to = to;
    this.newer.addEventListener("click", () => {
      this.element.scrollTop = this.element.scrollHeight;
      this.element.focus({ preventScroll: true });
    });
    this.element.addEventListener("scroll", () => { if (this.#near()) this.newer.hidden = true; }, { passive: true });
  }

  /** The number of the last message. */
  get last() { return this.#order.at(-1) ?? 0; }

  /** Gets ready for the log up to a number; what is beyond it does not exist any more. */
  expect(/** @type {number} */ last) {
    this.#until = last;
    this.element.setAttribute("aria-busy", String(this.last < last));
    for (const seq of this.#order) if (seq > last) this.#rows.get(seq)?.row.remove(), this.#rows.delete(seq);
    this.#order = this.#order.filter((seq) => seq <= last);
    this.#refresh();
  }

  clear() { this.expect(0); }

  /** Draws a message in its place; false if it is there already. @param {Message} message */
  add(message) {
    const { seq } = message, plain = JSON.stringify(message);
    if (message.id) this.#arrived(message.id);
    const known = this.#rows.get(seq);
    if (known?.plain === plain) return false;
    const row = this.#draw(message);
    if (known) known.row.replaceWith(row);
    else {
      const next = this.#order.find((other) => other > seq);
      this.#order.push(seq);
      this.#order.sort((a, b) => a - b);
      const before = next ? this.#rows.get(next)?.row : [...this.#pending.values()][0]?.row;
      (before ?? this.#typing).before(row);
    }
    this.#rows.set(seq, { message, plain, row });
    if (message.from !== "contact") this.#typing.hidden = true;
    if (seq >= this.#until) this.element.setAttribute("aria-busy", "false");
    this.#refresh();
    this.#scroll(message.from !== "contact");
    return !known;
  }

  /** Shows what was typed or pressed, before the server has it. @param {Pending} frame */
  pend(frame) {
    const meta = make("div", { className: "meta" }, this.#words.sending ?? "");
    const row = make("div", { className: "row contact pending" },
      make("div", { className: "bubble" }, make("p", {}, frame.text ?? frame.label ?? "")), meta);
    this.#typing.before(row);
    const timer = setTimeout(() => this.#late(row, meta), patience);
    this.#pending.set(frame.id, { frame, row, timer });
    if (this.#stalled) this.#late(row, meta);
    this.#refresh();
    this.element.scrollTop = this.element.scrollHeight;
    this.#at = this.element.scrollTop;
  }

  /** The server has the message. @param {string} id */
  acked(id) {
    this.#typing.hidden = true;
    const pending = this.#pending.get(id);
    if (!pending) return;
    clearTimeout(pending.timer);
    pending.row.classList.remove("pending");
    pending.row.querySelector(".meta")?.remove();
    for (const { message } of this.#rows.values()) if (message.id === id) this.#arrived(id);
  }

  /** Takes a message back that was not accepted, and gives what was typed. @param {string} id */
  drop(id) {
    const text = this.#pending.get(id)?.frame.text;
    this.#arrived(id);
    this.#typing.hidden = true;
    this.#refresh();
    return text;
  }

  /** Shows that an answer is being written. */
  think() {
    this.#typing.hidden = false;
    for (const { row, timer } of this.#pending.values()) {
      clearTimeout(timer);
      row.querySelector(".meta")?.replaceChildren();
    }
    this.#scroll(false);
  }

  /** Tells waiting messages that the line is down, or up again. @param {boolean} down */
  stalled(down) {
    this.#stalled = down;
    if (down) this.#typing.hidden = true;
    for (const { row } of this.#pending.values()) {
      const meta = row.querySelector(".meta");
      if (!meta) continue;
      if (down) this.#late(row, meta);
      else row.classList.remove("late"), meta.replaceChildren(this.#words.sending ?? "");
    }
  }

  /** Changes the language of what the log itself says. @param {Record<string, string>} words @param {string} lang */
  speak(words, lang) {
    if (this.#words === words) return;
    this.#words = words;
    this.#lang = lang;
    this.element.setAttribute("aria-label", words.log ?? "");
    this.newer.lastChild.textContent = words.newer ?? "";
    this.#typing.firstChild.textContent = words.thinking ?? "";
    for (const seq of this.#order) {
      const known = this.#rows.get(seq), row = this.#draw(known.message);
      known.row.replaceWith(row);
      known.row = row;
    }
    this.#refresh();
  }

  /** Goes to where reading goes on, once the log can be seen. */
  settle() {
    this.#at = this.element.scrollTop;
    this.#scroll(true, true);
  }

  /** @param {string} id */
  #arrived(id) {
    const pending = this.#pending.get(id);
    if (!pending) return;
    clearTimeout(pending.timer);
    pending.row.remove();
    this.#pending.delete(id);
  }

  /** @param {HTMLElement} row @param {Element} meta */
  #late(row, meta) {
    row.classList.add("late");
    const again = make("button", { type: "button" }, this.#words.retry ?? "");
    again.addEventListener("click", () => this.#to.retry());
    meta.replaceChildren((this.#words.not_sent ?? "") + " ", again);
    this.#scroll(false);
  }

  /** @param {Message} message */
  #draw(message) {
    const words = this.#words, { from, text, event, ticket, seq } = message;
    const who = { contact: words.you, agent: words.team }[from] ?? words.bot;
    const row = make("div", { className: "row " + from },
      make("span", { className: from === "agent" ? "name" : "sr" }, (who ?? "") + ":"));
    const bubble = make("div", { className: "bubble" + (event ? " card " + event : "") });
    if (event === "ticket" && ticket) bubble.append(this.#number(ticket));
    if (event === "resolved") bubble.append(make("div", { className: "head" }, icon("check"), words.resolved ?? ""));
    bubble.append(from === "contact" ? make("p", {}, text) : blocks(text, words.new_tab ?? ""));
    row.append(bubble);
    if (message.choices?.length) {
      row.append(make("div", { className: "choices", role: "group", "aria-label": words.choices ?? "" },
        ...message.choices.map((choice) => {
          const button = make("button", { type: "button" }, choice.label);
          button.dataset.move = choice.move;
          button.addEventListener("click", () => this.#to.press(choice, seq));
          return button;
        })));
    }
    return row;
  }

  /** @param {string} ticket */
  #number(ticket) {
    const copy = make("button", { type: "button", className: "copy" }, this.#words.copy ?? "");
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(ticket);
      copy.textContent = this.#words.copied ?? "";
    });
    const head = make("div", { className: "head" }, make("span", {}, this.#words.ticket ?? ""), make("strong", {}, ticket));
    if (navigator.clipboard) head.append(copy); // only where the page is secure
    return head;
  }

  /** Puts in order what depends on neighbours: which buttons can be pressed, and the times. */
  #refresh() {
    const messages = this.#order.map((seq) => this.#rows.get(seq));
    const waiting = [...this.#pending.values()].map(({ frame }) => frame);
    let answer = /** @type {{move?: string} | undefined} */ (waiting[0]);
    for (let i = messages.length - 1; i >= 0; i--) {
      const { message, row } = messages[i];
      if (message.from === "contact") answer = message;
      for (const button of row.querySelectorAll(".choices button")) {
        const chosen = answer !== undefined && answer.move === /** @type {HTMLElement} */ (button).dataset.move;
        /** @type {HTMLButtonElement} */ (button).disabled = answer !== undefined;
        if (chosen !== button.classList.contains("chosen")) {
          button.classList.toggle("chosen", chosen);
          if (chosen) button.append(icon("check"), make("span", { className: "sr" }, ", " + (this.#words.chosen ?? "")));
          else button.lastChild?.remove(), button.lastChild?.remove();
        }
      }
      this.#stamp(message, messages[i - 1]?.message, row);
      row.classList.toggle("follows", messages[i - 1]?.message.from === message.from);
    }
  }

  /** @param {Message} message @param {Message | undefined} before @param {HTMLElement} row */
  #stamp({ at }, before, row) {
    const wanted = at && at - (before?.at ?? 0) > pause;
    const has = row.querySelector("time");
    if (!wanted) return has?.remove();
    if (has) return;
    const date = new Date(at), today = date.toDateString() === new Date().toDateString();
    /** @type {Intl.DateTimeFormatOptions} */
    const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    row.prepend(make("time", { dateTime: date.toISOString() }, date.toLocaleString(this.#lang || undefined, style)));
  }

  #near() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return scrollHeight - clientHeight - scrollTop < 48;
  }

  /**
   * Keeps the person's own last words at the top and the answer below them: a long answer is
   * read from its beginning. Who has scrolled elsewhere stays there.
   * @param {boolean} news whether to say so then @param {boolean} [always]
   */
  #scroll(news, always) {
    const here = always || this.#near() || Math.abs(this.element.scrollTop - this.#at) < 48;
    if (!here) {
      if (news) this.newer.hidden = false;
      return;
    }
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      const own = [...this.element.querySelectorAll(".row.contact")].at(-1);
      this.element.scrollTop = own ? /** @type {HTMLElement} */ (own).offsetTop - 12 : 0;
      this.#at = this.element.scrollTop;
    });
  }
}
