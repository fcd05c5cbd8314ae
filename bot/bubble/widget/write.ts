/** The field at the bottom: text with Enter, pictures by choice, paste or drop. */
import type { Words } from "./bubble";
import { heaviest, kinds } from "./picture";
import { icon, make, press } from "./text";

export interface WriteActs {
  text(text: string): void;
  picture(file: File): void;
  /** What is typed has changed. */
  draft(text: string): void;
  /** Why something was not taken. */
  refuse(word: string): void;
}

/**
 * Whether a text seems to hold a password or a code. The server looks much closer, and removes what
 * it finds; this only asks before it leaves.
 */
const risky = (text: string) =>
  /(?:pass ?w|de passe|\bmdp|\bpwd?\b|\bcode|\bnip\b|\bpin\b).*?(?:\b(?=\S*\d)(?=\S*[a-z])[^\s@]{6}|(?<!\d.?)\d{4,8}(?![-\d]))/i.test(text)
    && !/err|http|postal|promo|lk-/i.test(text)
  || /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[^\s@]{8,}$/.test(text);

const lines = 132; // px: five lines, then it scrolls

export class Write {
  #to: WriteActs;
  input = make("textarea", { rows: 1, maxLength: 2000, enterKeyHint: "send", autocomplete: "off" });
  #go = press(() => this.#submit(), { className: "send", disabled: true }, icon("send"));
  #file = make("input", { type: "file", accept: kinds, multiple: true, hidden: true, tabIndex: -1 });
  #attach = press(() => this.#file.click(), { className: "icon" }, icon("picture"));
  #words = {} as Words; // they come before anybody types
  #warned = ""; // what was about to be sent when it was asked
  hint = make("p", { className: "hint", role: "status" });
  element = make("div", { className: "write" }, this.#attach, this.#file, this.input, this.#go);

  /** @param panel where pictures may be dropped or pasted */
  constructor(panel: HTMLElement, to: WriteActs) {
    this.#to = to;
    this.input.addEventListener("input", () => {
      this.#grow();
      to.draft(this.input.value);
    });
    // Enter sends, Shift and Enter begin a new line. Asking for the line break rather than for
    // the key leaves Enter to those who compose a word with it, and works on phones.
    let shift = false;
    this.input.addEventListener("keydown", (event) => { shift = event.shiftKey; });
    this.input.addEventListener("beforeinput", (event) => {
      if (shift || !/^insert(LineBreak|Paragraph)$/.test(event.inputType)) return;
      event.preventDefault();
      this.#submit();
    });
    this.#file.addEventListener("change", () => {
      this.#take(this.#file.files);
      this.#file.value = ""; // the same file may be chosen again
    });
    panel.addEventListener("paste", (event) => {
      // A table copied from a spreadsheet comes as text, and as a picture too.
      if (!event.clipboardData?.types.includes("text/plain") && this.#take(event.clipboardData?.files)) event.preventDefault();
    });
    panel.addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    panel.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault(); // the browser would leave the page
      this.#take(event.dataTransfer.files);
    });
  }

  set longest(n: number) { this.input.maxLength = n; }

  set(text: string) {
    this.input.value = text;
    this.#grow();
    this.#to.draft(text);
  }

  /** Gives words back that were not taken; what was typed since then stays. */
  giveBack(text: string) {
    this.set(this.input.value ? text + "\n" + this.input.value : text);
  }

  speak(words: Words) {
    this.input.placeholder = words.placeholder;
    this.input.setAttribute("aria-label", words.placeholder);
    this.#go.setAttribute("aria-label", words.send);
    for (const el of [this.#attach, this.#file]) el.setAttribute("aria-label", words.attach);
    this.#attach.title = words.attach;
    this.#words = words;
  }

  /** No form is needed for it: in a sandboxed frame there may be none. */
  #submit() {
    const text = this.input.value.trim();
    if (!text) return;
    if (this.#warned !== text && risky(text)) {
      this.#warned = text; // whoever sends the same once more means it
      this.hint.textContent = this.#words.secret;
      return;
    }
    this.set("");
    this.#to.text(text);
    this.input.focus();
  }

  #take(files: FileList | undefined | null) {
    let any = false;
    for (const file of files ?? []) {
      any = true;
      // What is sent is smaller, but a browser that cannot read it sends it as it is.
      if (file.size > 4 * heaviest) this.#to.refuse("picture_large");
      else this.#to.picture(file);
    }
    return any;
  }

  #grow() {
    const { input } = this;
    this.#go.disabled = !input.value.trim();
    // What is pasted beyond the longest is cut off by the browser, which tears no character of two halves.
    this.hint.textContent = input.value.length > input.maxLength - 2 ? this.#words.too_long! : "";
    input.style.height = "auto";
    if (input.value) input.style.height = Math.min(input.scrollHeight, lines) + "px";
  }
}
