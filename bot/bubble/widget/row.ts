/** One message of the log as it is seen. */
import type { Words } from "./bubble";
import { draw } from "./picture";
import { blocks, icon, make, press } from "./text";

export interface Choice { move: string; label: string }

export interface Message {
  seq: number;
  from: "contact" | "bot" | "agent";
  text: string;
  name?: string;
  edited?: boolean;
  withdrawn?: boolean;
  id?: string;
  choices?: Choice[];
  move?: string;
  event?: string;
  ticket?: string;
  picture?: { src: string; width: number; height: number };
  at?: number;
}

export interface Setting {
  base: URL;
  words: Words;
  lang: string;
}

/** A word that changes with the language: found again by its key. */
const worded = (words: Words, key: string, tag: "span" | "div" = "span", className = "") => {
  const el = make(tag, { className }, words[key]!);
  el.dataset.word = key;
  return el;
};

/** Changes the words of what is drawn already, without drawing it again: it would be read out again. */
export function reword(root: ParentNode, words: Words) {
  for (const el of root.querySelectorAll<HTMLElement>("[data-word]")) {
    const text = words[el.dataset.word!]!;
    if (el.firstChild) el.firstChild.nodeValue = text;
    else el.append(text);
  }
  for (const el of root.querySelectorAll<HTMLElement>("[data-label]")) el.setAttribute("aria-label", words[el.dataset.label!]!);
}

/** The frame of a message: who, and the bubble. */
export function row(from: Message["from"], words: Words, name?: string, ...inside: (Node | string)[]) {
  const who = { contact: "you", agent: "team", bot: "bot" }[from];
  return make("div", { className: "row " + from },
    make("span", { className: from === "agent" ? "name" : "sr" }, name ? name + ", " : "", worded(words, who), ": "),
    make("div", { className: "bubble" }, ...inside));
}

/** The row of something a person wrote, pressed or attached. */
export function own(words: Words, text: string, picture?: HTMLElement) {
  const el = row("contact", words, "", picture ?? make("p", {}, text));
  if (picture) el.classList.add("pictured");
  return el;
}

/** Draws a message. */
export function message(it: Message, set: Setting, answer: (choice: Choice) => void) {
  const { words, base } = set;
  if (it.from === "contact") {
    return own(words, it.text, it.picture && draw(it.picture, base, it.text));
  }
  const el = row(it.from, words, it.name);
  const bubble = el.lastElementChild!;
  if (it.event) bubble.classList.add("card", it.event);
  if (it.event === "ticket" && it.ticket) bubble.append(ticket(it.ticket, words));
  if (it.event === "resolved") bubble.append(make("div", { className: "head" }, icon("check"), worded(words, "resolved")));
  bubble.append(it.withdrawn ? worded(words, "withdrawn", "div", "gone") : blocks(it.text, words.new_tab!));
  if (it.edited) el.append(worded(words, "edited", "div", "meta"));
  if (it.choices?.length) {
    const group = make("div", { className: "choices", role: "group", "aria-label": words.choices! },
      ...it.choices.map((choice) => {
        const button = press(() => answer(choice), {}, choice.label);
        button.dataset.move = choice.move;
        return button;
      }));
    group.dataset.label = "choices";
    el.append(group);
  }
  return el;
}

function ticket(number: string, words: Words) {
  const head = make("div", { className: "head" }, worded(words, "ticket"), make("strong", {}, number));
  if (navigator.clipboard) { // only where the page is secure
    const says = worded(words, "copy");
    head.append(press(async () => {
      await navigator.clipboard.writeText(number);
      says.dataset.word = "copied";
      says.textContent = words.copied!;
    }, { className: "copy" }, says));
  }
  return head;
}

/**
 * Shows what was answered to the question of a row: undefined while it is open. What was not
 * chosen is folded away; so is what was, if the person's own words below say the same.
 */
export function answered(el: HTMLElement, answer: { move?: string; text: string } | undefined, words: Words) {
  for (const button of el.querySelectorAll<HTMLButtonElement>(".choices button")) {
    const label = button.firstChild?.nodeValue ?? "";
    const chosen = answer !== undefined && answer.move === button.dataset.move;
    button.disabled = answer !== undefined;
    button.hidden = answer !== undefined && (!chosen || label === answer.text);
    if (chosen === button.classList.contains("chosen")) continue;
    button.classList.toggle("chosen", chosen);
    if (chosen) button.append(icon("check"), make("span", { className: "sr", ariaLive: "off" }, ", ", worded(words, "chosen")));
    else while (button.childNodes.length > 1) button.lastChild!.remove();
  }
}
