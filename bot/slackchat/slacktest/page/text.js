// Text as Slack shows it: mrkdwn, rich text and plain text become nodes, never markup.

const entities = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
export const plain = (s) => s.replace(/&(lt|gt|amp);/g, (e) => entities[e]);

export function el(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (name === "class") e.className = value;
    else if (name in e && typeof value === "boolean") e[name] = value;
    else e.setAttribute(name, value);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

let names = new Map();
export function know(people, channels) {
  names = new Map([...people.map((p) => [p.id, p.name]), ...channels.map((c) => [c.id, c.name])]);
}

function link(url, words) {
  return /^(https?:|mailto:|tel:)/i.test(url) ? el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, words) : words;
}

function mark(inside) {
  const [target, words] = inside.split("|", 2).map(plain);
  switch (target[0]) {
    case "@": return el("span", { class: "mention" }, "@" + (names.get(target.slice(1)) ?? target.slice(1)));
    case "#": return el("span", { class: "mention" }, "#" + (names.get(target.slice(1)) ?? words ?? target.slice(1)));
    case "!":
      if (target.startsWith("!date^")) return words ?? target;
      return el("span", { class: "mention loud" }, "@" + (words && target.includes("^") ? words : target.slice(1)));
  }
  return link(target, words ?? target);
}

const inline = /```([^]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])/g;

export function mrkdwn(text) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(inline)) {
    out.push(plain(text.slice(at, m.index)));
    at = m.index + m[0].length;
    if (m[1] !== undefined) out.push(el("pre", {}, plain(m[1])));
    else if (m[2] !== undefined) out.push(el("code", {}, plain(m[2])));
    else if (m[3] !== undefined) out.push(mark(m[3]));
    else if (m[4] !== undefined) out.push(el("strong", {}, mrkdwn(m[4])));
    else if (m[5] !== undefined) out.push(el("em", {}, mrkdwn(m[5])));
    else out.push(el("s", {}, mrkdwn(m[6])));
  }
  out.push(plain(text.slice(at)));
  return out;
}

// lines makes quotes of the lines that begin with >.
export function lines(text) {
  const out = [];
  let quote = null;
  text.split("\n").forEach((line, i) => {
    const quoted = /^(&gt;|>) ?/.exec(line);
    if (quoted) {
      if (quote) quote.append("\n");
      else out.push((quote = el("blockquote", {})));
      quote.append(...mrkdwn(line.slice(quoted[0].length)));
      return;
    }
    if (i > 0 && !quote) out.push("\n");
    quote = null;
    out.push(line);
  });
  // Marks may go over several lines where no quote stands between.
  return out.reduce((all, part) => {
    if (typeof part === "string" && typeof all.at(-1) === "string") all[all.length - 1] += part;
    else all.push(part);
    return all;
  }, []).flatMap((part) => (typeof part === "string" ? mrkdwn(part) : [part]));
}

// words shows a text object.
export function words(o) {
  if (!o) return [];
  return o.type === "mrkdwn" ? lines(o.text) : [o.text];
}

// markdown shows the ordinary Markdown of a markdown block, as far as answers use it.
export function markdown(text) {
  const out = [];
  let list = null;
  for (const line of text.split("\n")) {
    const item = /^\s*(?:[-*]|\d+\.)\s+(.*)$/.exec(line);
    const head = /^#{1,6}\s+(.*)$/.exec(line);
    const body = (s) => mrkdwn(s.replace(/\*\*([^*]+)\*\*/g, "*$1*").replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>"));
    if (item) {
      if (!list) out.push((list = el("ul", {})));
      list.append(el("li", {}, body(item[1])));
      continue;
    }
    list = null;
    if (head) out.push(el("p", {}, el("strong", {}, body(head[1]))));
    else if (line.trim()) out.push(el("p", {}, body(line)));
  }
  return out;
}

export function rich(o) {
  const children = () => (o.elements ?? []).flatMap(rich);
  const styled = (node) => {
    for (const [style, tag] of [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["code", "code"]]) {
      if (o.style?.[style]) node = el(tag, {}, node);
    }
    return node;
  };
  switch (o.type) {
    case "rich_text": return children();
    case "rich_text_section": return [el("div", {}, children())];
    case "rich_text_quote": return [el("blockquote", {}, children())];
    case "rich_text_preformatted": return [el("pre", {}, children())];
    case "rich_text_list": return [el(o.style === "ordered" ? "ol" : "ul", {}, (o.elements ?? []).map((e) => el("li", {}, rich(e))))];
    case "text": return [styled(o.text)];
    case "link": return [styled(link(o.url, o.text ?? o.url))];
    case "user": return [mark("@" + o.user_id)];
    case "channel": return [mark("#" + o.channel_id)];
    case "broadcast": return [mark("!" + o.range)];
    case "emoji": return [":" + o.name + ":"];
  }
  return [];
}
