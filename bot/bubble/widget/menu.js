/** The menu of what can always be done, behind the three dots. */
import { icon, make } from "./text.js";

const inSight = "jump:person"; // has its own button

export class Menu {
  #button;
  #to;
  element = make("div", { className: "menu", role: "menu", hidden: true });

  /**
   * @param {HTMLButtonElement} button opens it
   * @param {{press: (move: string, label: string) => void, speak: (code: string, name: string) => void}} to
   */
  constructor(button, to) {
    this.#button = button;
    this.#to = to;
    button.addEventListener("click", () => this.element.hidden ? this.#open() : this.close());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    // The focus has gone elsewhere, or somebody pressed beside it.
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget !== button && !this.element.contains(/** @type {Node | null} */ (relatedTarget))) this.close();
    });
  }

  close() {
    this.element.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  /**
   * @param {Record<string, string>} words @param {{move: string, label: string}[]} always
   * @param {{code: string, name: string}[]} languages @param {string} lang
   */
  fill(words, always, languages, lang) {
    this.element.setAttribute("aria-label", words.menu ?? "");
    const moves = always
      .filter(({ move }) => move !== inSight && !move.startsWith("language:"))
      .map(({ move, label }) => this.#item(label, "menuitem", () => this.#to.press(move, label)));
    // The switch is a move like any other, and only there when it is legal.
    const tongues = languages
      .filter(({ code }) => code === lang || always.some(({ move }) => move === "language:" + code))
      .map(({ code, name }) => {
        const item = this.#item(name, "menuitemradio", () => {
          if (code !== lang) this.#to.speak(code, name);
        });
        item.lang = code;
        item.setAttribute("aria-checked", String(code === lang));
        if (code === lang) item.append(icon("check"));
        return item;
      });
    const group = make("div", { className: "group", role: "group", "aria-label": words.language ?? "" },
      make("span", { "aria-hidden": "true" }, words.language ?? ""), ...tongues);
    this.element.replaceChildren(...moves, ...(tongues.length > 1 ? [group] : []));
    this.#button.hidden = !this.element.childElementCount;
  }

  /** @param {string} label @param {string} role @param {() => void} act */
  #item(label, role, act) {
    const item = make("button", { type: "button", role, tabIndex: -1 }, label);
    item.addEventListener("click", () => {
      this.close();
      this.#button.focus();
      act();
    });
    return item;
  }

  #open() {
    this.element.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#items[0]?.focus();
  }

  /** @returns {HTMLElement[]} */
  get #items() { return [...this.element.querySelectorAll("button")]; }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = this.#items;
    const here = items.indexOf(/** @type {HTMLElement} */ (event.target));
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      items[to % items.length].focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.close();
      this.#button.focus();
      event.preventDefault(); // the panel stays
    }
  }
}
