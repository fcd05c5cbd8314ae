/** The menu of what is done now and then, behind the three dots. */
import type { Words } from "./bubble";
import { icon, make, press } from "./text";

/** One line of the menu. A mark says that it can be on or off, and which of the two it is. */
export interface Item {
  label: string;
  act(): void;
  mark?: boolean;
  /** One of several, of which exactly one is on. */
  one?: boolean;
  lang?: string;
}

export class Menu {
  #button: HTMLButtonElement;
  element = make("div", { className: "menu", role: "menu", hidden: true });

  /** @param button opens it */
  constructor(button: HTMLButtonElement) {
    this.#button = button;
    button.addEventListener("click", () => this.element.hidden ? this.#open() : this.close());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    // The focus has gone elsewhere, or somebody pressed beside it.
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget !== button && !this.element.contains(relatedTarget as Node | null)) this.close();
    });
  }

  close() {
    this.element.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  /** @param tongues the languages, under a heading of their own */
  fill(words: Words, items: Item[], tongues: Item[]) {
    const focused = this.element.contains((this.element.getRootNode() as ShadowRoot).activeElement);
    this.element.setAttribute("aria-label", words.menu);
    const group = make("div", { className: "group", role: "group", "aria-label": words.language! },
      make("span", { "aria-hidden": "true" }, words.language!), ...tongues.map((it) => this.#item(it)));
    this.element.replaceChildren(...items.map((it) => this.#item(it)), ...(tongues.length > 1 ? [group] : []));
    this.#button.hidden = !this.element.childElementCount;
    if (focused) this.#items[0]?.focus();
  }

  #item({ label, act, mark, one, lang }: Item) {
    const role = mark === undefined ? "menuitem" : one ? "menuitemradio" : "menuitemcheckbox";
    const item = press(() => {
      this.close();
      this.#button.focus();
      act();
    }, { role, tabIndex: -1 }, label);
    if (lang) item.lang = lang;
    if (mark !== undefined) item.setAttribute("aria-checked", String(mark));
    if (mark) item.append(icon("check"));
    return item;
  }

  #open() {
    this.element.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#items[0]?.focus();
  }

  get #items() { return [...this.element.querySelectorAll("button")]; }

  #key(event: KeyboardEvent) {
    const items = this.#items;
    const here = items.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      items[to % items.length]?.focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.close();
      this.#button.focus();
      event.preventDefault(); // the panel stays
    }
  }
}
