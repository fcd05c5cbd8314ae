/**
 * From text to nodes. Nothing here ever reads markup: what a person, a model or an article
 * wrote can only become text, a list, or a link to the web or to a mailbox.
 */

/**
 * Makes an element.
 * @param {string} tag
 * @param {Record<string, any>} [props] properties; names with a dash are attributes
 * @param {...(Node | string)} children
 */
export function make(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-") || name === "role") el.setAttribute(name, value);
    else el[name] = value;
  }
  el.append(...children);
  return el;
}

const shapes = {
  close: "m6 9.5 6 6 6-6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0",
  check: "m5 12.5 4.5 4.5L19 7.5",
  key: "M15.5 4a4.5 4.5 0 1 1-3.9 6.7L4 18.5V20h3.5v-2H9v-2h1.8l1.9-1.9",
  down: "M12 5v14M6 13l6 6 6-6",
};

/** Draws an icon; it says nothing to a screen reader. @param {keyof shapes} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

const link = /https?:\/\/[^\s<>"«»“”]+|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+/gi;

/** Gives a line's text, with links as links. @param {string} line @param {string} newTab */
function inline(line, newTab) {
  const nodes = [];
  let from = 0;
  for (const { 0: found, index } of line.matchAll(link)) {
    // A full stop or a closing bracket after an address belongs to the sentence.
    let end = found.replace(/[.,;:!?'’*]+$/, "");
    if (end.endsWith(")") && !end.includes("(")) end = end.slice(0, -1);
    nodes.push(line.slice(from, index));
    const web = /^https?:/i.test(end);
    nodes.push(web
      ? make("a", { href: end, target: "_blank", rel: "noopener noreferrer", title: newTab }, end)
      : make("a", { href: "mailto:" + end }, end));
    from = index + end.length;
  }
  nodes.push(line.slice(from));
  return nodes.filter((node) => node !== "");
}

const numbered = /^\s*(\d{1,2})[.)]\s+(.*)$/;
const dashed = /^\s*[-•–]\s+(.*)$/;

/**
 * Gives a message as paragraphs and lists; line breaks stay.
 * @param {string} text @param {string} newTab what to say of links that open a new tab
 */
export function blocks(text, newTab) {
  const out = document.createDocumentFragment();
  /** @type {HTMLElement | undefined} */ let open;
  for (const line of text.split("\n")) {
    const number = numbered.exec(line), dash = dashed.exec(line);
    if (!line.trim()) {
      // Steps may be written with a blank line between them, and are one list all the same.
      if (open?.tagName === "P") open = undefined;
      continue;
    }
    if (number || dash) {
      const tag = number ? "OL" : "UL";
      if (open?.tagName !== tag) {
        open = make(tag);
        if (number) /** @type {HTMLOListElement} */ (open).start = Number(number[1]);
        out.append(open);
      }
      open.append(make("li", {}, ...inline(number ? number[2] : dash[1], newTab)));
    } else if (open?.tagName === "P") {
      open.append(make("br"), ...inline(line, newTab));
    } else if (open && /^\s{2,}/.test(line)) { // the rest of a list item
      open.lastChild?.appendChild(make("br"));
      /** @type {Element} */ (open.lastChild).append(...inline(line.trim(), newTab));
    } else {
      open = make("p", {}, ...inline(line, newTab));
      out.append(open);
    }
  }
  return out;
}
