/**
 * From text to nodes. Nothing here ever reads markup: what a person, a model or an article
 * wrote can only become text, emphasis, a list, or a link to the web or to a mailbox.
 */

export type Child = Node | string;

/** Makes an element. Names with a dash, and `role`, are attributes; the others properties. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, props: Record<string, unknown> = {}, ...children: Child[]) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-") || name === "role") el.setAttribute(name, String(value));
    else (el as unknown as Record<string, unknown>)[name] = value;
  }
  el.append(...children);
  return el;
}

/** Makes a button that does something. */
export function press(act: () => void, props: Record<string, unknown> = {}, ...children: Child[]) {
  const button = make("button", { type: "button", ...props }, ...children);
  button.addEventListener("click", act);
  return button;
}

const shapes = {
  close: "m6 9.5 6 6 6-6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0",
  check: "m5 12.5 4.5 4.5L19 7.5",
  key: "M15.5 4a4.5 4.5 0 1 1-3.9 6.7L4 18.5V20h3.5v-2H9v-2h1.8l1.9-1.9",
  down: "M12 5v14M6 13l6 6 6-6",
  back: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  restart: "M4 4v6h6M4.6 14.5A8 8 0 1 0 6.2 6.4L4 10",
  picture: "M4 5h16v14H4zM4 17l4.5-4.5 4 4 3-3 4.5 4.5M15.5 9h.01",
  thumb: "M7 11v9H4v-9zM7 11l4-7a2 2 0 0 1 2 2v4h5.2a2 2 0 0 1 2 2.4l-1.2 6a2 2 0 0 1-2 1.6H7",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
};

/** Draws an icon; it says nothing to a screen reader. */
export function icon(name: keyof typeof shapes) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

// [words](https://…), an address, a mailbox, **strong**, *stressed*.
const marks = /\[([^\][]+)\]\((https?:\/\/[^\s()]+)\)|https?:\/\/[^\s<>"«»“”]+|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|\*\*([^\s*](?:[^*]*[^\s*])?)\*\*|(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])/gi;

const web = (href: string, words: string, newTab: string) =>
  make("a", { href, target: "_blank", rel: "noopener noreferrer", title: newTab }, words);

/** Gives a line's text, with links and emphasis. */
function inline(line: string, newTab: string): Child[] {
  const nodes: Child[] = [];
  let from = 0;
  for (const { 0: found, 1: words, 2: href, 3: strong, 4: stressed, index } of line.matchAll(marks)) {
    nodes.push(line.slice(from, index));
    from = index + found.length;
    if (words && href) nodes.push(web(href, words, newTab));
    else if (strong) nodes.push(make("strong", {}, ...inline(strong, newTab)));
    else if (stressed) nodes.push(make("em", {}, stressed));
    else {
      // A full stop or a closing bracket after an address belongs to the sentence.
      let end = found.replace(/[.,;:!?'’*]+$/, "");
      if (end.endsWith(")") && !end.includes("(")) end = end.slice(0, -1);
      nodes.push(/^https?:/i.test(end) ? web(end, end, newTab) : make("a", { href: "mailto:" + end }, end));
      from = index + end.length;
    }
  }
  nodes.push(line.slice(from));
  return nodes.filter((node) => node !== "");
}

const numbered = /^\s*(\d{1,2})[.)]\s+(.*)$/;
const dashed = /^\s*[-•–]\s+(.*)$/;

/**
 * Gives a message as paragraphs and lists; line breaks stay.
 * @param newTab what to say of links that open a new tab
 */
export function blocks(text: string, newTab: string) {
  const out = document.createDocumentFragment();
  let open: HTMLElement | undefined;
  for (const line of text.split("\n")) {
    const number = numbered.exec(line), dash = dashed.exec(line);
    if (!line.trim()) {
      // Steps may be written with a blank line between them, and are one list all the same.
      if (open?.tagName === "P") open = undefined;
    } else if (number || dash) {
      const tag = number ? "ol" : "ul";
      if (open?.tagName !== tag.toUpperCase()) {
        open = make(tag);
        if (number) (open as HTMLOListElement).start = Number(number[1]);
        out.append(open);
      }
      open!.append(make("li", {}, ...inline((number ? number[2] : dash![1]) ?? "", newTab)));
    } else if (open?.tagName === "P") {
      open.append(make("br"), ...inline(line, newTab));
    } else if (open && /^\s{2,}/.test(line)) { // the rest of a list item
      open.lastElementChild!.append(make("br"), ...inline(line.trim(), newTab));
    } else {
      open = make("p", {}, ...inline(line, newTab));
      out.append(open);
    }
  }
  return out;
}
