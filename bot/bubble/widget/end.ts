/**
 * What stands below a conversation that has come to its end: was it helpful, and may we mail it
 * to you. Both are asked once and never insist.
 */
import type { Words } from "./bubble";
import { icon, make, press } from "./text";

export interface End {
  /** The number of the message that told the end. */
  seq: number;
  /** What was said of the help since then. */
  helpful?: boolean;
  /** Whether conversations can be mailed. */
  mails: boolean;
}

export interface EndActs {
  rate(helpful: boolean, text: string): void;
  mail(address: string): void;
  /** Keeps what is being written about the help, or gives it. */
  comment(text?: string): string;
}

export class Ending {
  #to: EndActs;
  #words!: Words;
  #shows = "";
  #rated = 0; // the end that was rated here, and may be commented once
  element = make("section", { className: "end", hidden: true });

  constructor(to: EndActs) {
    this.#to = to;
  }

  /** Shows the questions for an end; without one there is nothing. What is being typed stays. */
  show(words: Words, end: End | undefined) {
    const shows = JSON.stringify([words.rate, end]);
    if (shows === this.#shows) return;
    this.#shows = shows;
    this.#words = words;
    this.element.hidden = !end;
    if (!end) return this.element.replaceChildren();
    this.element.setAttribute("aria-label", words.rate!);
    const focused = this.element.matches(":focus-within");
    this.element.replaceChildren(...this.#rating(end), ...end.mails ? [this.#mailing()] : []);
    if (focused) this.element.querySelector<HTMLElement>(".thanks")?.focus();
  }

  /** A refusal belongs beside the field. @returns false if it is about something else */
  refused(id: string, text: string) {
    const field = this.element.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
    const says = field?.querySelector(".says");
    if (!field || !says) return false;
    says.textContent = text;
    field.querySelector("button")!.disabled = false;
    field.querySelector("input")?.focus();
    field.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** What was sent has arrived. */
  took(id: string) {
    const field = this.element.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
    if (!field) return;
    const focused = field.matches(":focus-within"), says = make("p", { className: "says", role: "status", tabIndex: -1 }, this.#words.mailed!);
    field.replaceChildren(says);
    if (focused) says.focus();
  }

  /** Marks what is sent under an id, so that its answer finds it. */
  mark(id: string) {
    const field = this.element.querySelector<HTMLElement>(".mailing");
    if (field) field.dataset.id = id;
  }

  #rating(end: End): HTMLElement[] {
    const words = this.#words;
    if (end.helpful === undefined) {
      const thumb = (helpful: boolean, word: string) => press(() => {
        this.#rated = end.seq;
        this.#to.comment("");
        this.#to.rate(helpful, "");
      }, { className: "pill" },
        icon("thumb"), make("span", {}, words[word]!));
      return [make("div", { className: "rating", role: "group", "aria-label": words.rate! },
        make("p", {}, words.rate!), thumb(true, "rate_yes"), thumb(false, "rate_no"))];
    }
    const thanks = make("p", { className: "thanks", tabIndex: -1, role: "status" }, icon("check"), words.rate_thanks!);
    const begun = this.#to.comment();
    if (this.#rated !== end.seq && !begun) return [thanks];
    const text = make("textarea", { value: begun, rows: 2, maxLength: 1000, placeholder: words.rate_more!, "aria-label": words.rate_more! });
    text.addEventListener("input", () => this.#to.comment(text.value));
    const more = make("div", { className: "ask more" }, text, press(() => {
      if (!text.value.trim()) return text.focus();
      this.#rated = 0;
      this.#to.comment("");
      this.#to.rate(end.helpful!, text.value.trim());
      more.remove();
      thanks.focus();
    }, { className: "pill go" }, words.send));
    return [thanks, more];
  }

  #mailing() {
    const words = this.#words;
    const open = press(() => {
      open.replaceWith(ask);
      input.focus();
      ask.scrollIntoView({ block: "nearest" });
    }, { className: "pill" }, icon("mail"), make("span", {}, words.mail_me!));
    const input = make("input", { type: "email", required: true, maxLength: 254, autocomplete: "email", enterKeyHint: "send", placeholder: words.mail_to!, "aria-label": words.mail_to! });
    const submit = () => {
      input.focus(); // a button that is disabled loses the focus to nobody
      if (go.disabled || !input.value.trim()) return;
      go.disabled = true;
      this.#to.mail(input.value.trim());
    };
    input.addEventListener("keydown", ({ key, isComposing }) => { if (key === "Enter" && !isComposing) submit(); });
    const go = press(submit, { className: "pill go" }, words.send);
    const ask = make("div", { className: "ask" }, input, go, make("p", { className: "says", role: "status" }));
    return make("div", { className: "mailing" }, open);
  }
}
