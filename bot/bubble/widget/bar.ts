/** What is always one press away: a person, "it works now", back, start over. */
import type { Words } from "./bubble";
import type { Choice } from "./row";
import { icon, make, press } from "./text";

// In the order in which they stand. Those with a short word show it; the others are icons.
const shown = [
  ["jump:person", "person", "person_short"],
  ["jump:works", "check", "works_short"],
  ["back", "back", ""],
  ["restart", "restart", ""],
] as const;

export const inBar = (move: string) => shown.some(([it]) => it === move);

export class Bar {
  #press: (choice: Choice) => void;
  #shows = "";
  element = make("div", { className: "bar", role: "group" });

  constructor(to: (choice: Choice) => void) {
    this.#press = to;
  }

  /** Shows those moves that are possible now. A button that stays keeps its focus. */
  fill(words: Words, always: Choice[]) {
    const shows = JSON.stringify([words.always, always]);
    if (shows === this.#shows) return;
    this.#shows = shows;
    this.element.setAttribute("aria-label", words.always ?? "");
    const focused = ((this.element.getRootNode() as ShadowRoot).activeElement as HTMLElement | null)?.dataset.move;
    this.element.replaceChildren(...shown.flatMap(([move, sign, word]) => {
      const choice = always.find((it) => it.move === move);
      if (!choice) return [];
      const short = word && words[word] || "";
      // What is read must be in what is heard, or people who speak to their screen are lost.
      const fits = short && choice.label.toLowerCase().includes(short.toLowerCase());
      const button = press(() => this.#press(choice), { className: word ? "pill" : "icon", title: choice.label, "aria-label": choice.label },
        icon(sign), ...(word ? [make("span", {}, fits ? short : choice.label)] : []));
      button.dataset.move = move;
      return [button];
    }));
    // Its place is kept until we know, or the log would move.
    this.element.hidden = "always" in words && !this.element.childElementCount;
    if (focused) this.element.querySelector<HTMLElement>(`[data-move="${CSS.escape(focused)}"]`)?.focus();
  }
}
