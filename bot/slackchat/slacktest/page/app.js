// The page: it asks for what one person sees and shows it, and says what they do.
import { blocks } from "./blocks.js";
import { el, know, lines } from "./text.js";

const $ = (id) => document.getElementById(id);
const here = { user: "", channel: "", thread: "", view: "" }; // view is "home" or ""
const seen = new Map(); // by person and channel: the latest message they have seen
let state = null;

// The place stands in the address, so that a reload comes back to it.
function remember() {
  history.replaceState(null, "", "#" + new URLSearchParams(here));
}
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) if (name in here) here[name] = value;

// look shows what there is now. Who calls it while it looks waits for another look.
let looking = null, again = false;
function look() {
  again = true;
  return (looking ??= looks().finally(() => { looking = null; }));
}

async function looks() {
  while (again) {
    again = false;
    const asked = String(new URLSearchParams({ user: here.user, channel: here.channel, thread: here.thread }));
    try {
      const res = await fetch("state?" + asked);
      state = await res.json();
    } catch {
      notice("The local Slack does not answer.");
      break;
    }
    // Somebody has gone elsewhere meanwhile: what came is about the old place.
    if (asked !== String(new URLSearchParams({ user: here.user, channel: here.channel, thread: here.thread }))) { again = true; continue; }
    if (!state.me) { // nobody is called so here
      again = !!here.user && state.people.some((p) => p.kind !== "app");
      here.user = here.channel = here.thread = "";
      continue;
    }
    here.user = state.me;
    const mine = state.channels.filter((c) => c.in);
    if (!mine.some((c) => c.id === here.channel)) {
      here.channel = (mine.find((c) => c.kind !== "im") ?? mine[0])?.id ?? "";
      here.thread = "";
      again = !!here.channel;
      if (again) continue;
    }
    if (!state.thread) here.thread = "";
    show();
  }
}

async function act(what) {
  notice("");
  document.body.classList.add("busy");
  try {
    const res = await fetch("do", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: here.user, ...what }) });
    const answer = res.ok ? await res.json() : { error: "Refused: " + res.status };
    if (answer.error) notice(answer.error);
    return answer;
  } catch {
    notice("The local Slack does not answer.");
    return { error: "gone" };
  } finally {
    document.body.classList.remove("busy");
    await look();
  }
}

function notice(text) {
  const box = $("modal").open ? $("modal-error") : $("notice");
  for (const b of [$("modal-error"), $("notice")]) b.textContent = b === box ? text : "";
  $("notice").hidden = !$("notice").textContent;
}

// keep builds a list anew only where something changed: by the JSON of each entry.
function keep(list, entries, build) {
  const old = new Map([...list.children].map((c) => [c.dataset.key, c]));
  const nodes = entries.map(([key, entry]) => {
    const kept = old.get(key);
    if (kept) return kept;
    const node = build(entry);
    node.dataset.key = key;
    return node;
  });
  const same = nodes.length === list.children.length && nodes.every((n, i) => list.children[i] === n);
  if (!same) list.replaceChildren(...nodes);
  return !same;
}

function show() {
  remember();
  const focus = document.activeElement?.dataset?.id;
  know(state.people, state.channels);
  side();
  thread(); // first: the conversation is narrower beside it
  conversation();
  modal();
  if (focus && document.activeElement?.dataset?.id !== focus) {
    document.querySelector(`[data-id="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }
}

const person = (id) => state.people.find((p) => p.id === id);

function side() {
  $("team").textContent = state.team;
  const people = state.people.filter((p) => p.kind !== "app");
  keep($("who"), people.map((p) => [JSON.stringify(p), p]), (p) => el("option", { value: p.id }, p.real + (p.kind ? ` (${p.kind})` : "")));
  $("who").value = here.user;
  const on = state.http || state.sockets > 0;
  $("link").textContent = on ? `${state.app.name} is connected` : `${state.app.name} is not connected`;
  $("link").className = on ? "on" : "off";

  const entry = (key, words, current, go, more) => [JSON.stringify([key, words, current, more]), { key, words, current, go, more }];
  const item = ({ key, words, current, go, more }) => el("li", {}, el("button", { type: "button", "data-id": "side/" + key, "aria-current": current ? "page" : undefined, class: more, onclick: go }, words, more?.includes("new") && el("span", { class: "hidden" }, " (new)")));
  const open = (channel, view = "") => () => { here.channel = channel; here.thread = ""; here.view = view; look().then(() => $("name").focus({ preventScroll: true })); };

  const app = [];
  if (state.app.home) app.push(entry("home", "Home", here.view === "home", () => { here.view = "home"; here.thread = ""; act({ do: "home" }); }));
  if (state.app.assistant) app.push(entry("pane", "Ask the assistant", false, async () => {
    const beside = state.channels.find((c) => c.id === here.channel && c.kind !== "im");
    const a = await act({ do: "pane", channel: beside?.id ?? "" });
    if (!a.error) { here.channel = a.channel; here.thread = a.ts; here.view = ""; await look(); $("thread-text").focus(); }
  }));
  for (const [callback, kind] of Object.entries(state.app.shortcuts ?? {})) {
    if (kind === "global") app.push(entry("shortcut/" + callback, "Shortcut: " + callback, false, () => act({ do: "shortcut", name: callback })));
  }
  keep($("app"), app, item);

  const row = (c, words) => {
    const last = here.user + c.id;
    const current = !here.view && c.id === here.channel;
    if (current || !seen.has(last)) seen.set(last, c.latest);
    const fresh = c.in && c.latest > (seen.get(last) ?? "");
    const go = state.app.agent && c.with === state.bot ? () => { open(c.id)(); act({ do: "messages" }); } : open(c.id);
    return entry(c.id, words, current, c.in ? go : () => act({ do: "join", channel: c.id }).then((a) => { if (!a.error) open(c.id)(); }), [fresh && "new", !c.in && "out"].filter(Boolean).join(" ") || undefined);
  };
  const sign = { group: "🔒 ", channel: "# ", mpim: "" };
  keep($("channels"), state.channels.filter((c) => c.kind !== "im").map((c) => row(c, sign[c.kind] + c.name + (c.archived ? " (archived)" : "") + (c.in ? "" : " (join)"))), item);
  const dms = state.channels.filter((c) => c.kind === "im").sort((a, b) => (b.with === state.bot) - (a.with === state.bot));
  keep($("dms"), dms.map((c) => row(c, person(c.with)?.real ?? c.with)), item);

  // On a phone the places stand in a row.
  document.querySelector(".places [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  $("wrong").hidden = !state.violations?.length;
  $("wrongs").textContent = state.violations?.length ?? 0;
  keep($("violations"), (state.violations ?? []).map((v, i) => [i + v, v]), (v) => el("li", {}, v));
}

function conversation() {
  const home = here.view === "home";
  const c = state.channels.find((c) => c.id === here.channel);
  const title = home ? state.app.name + ": Home" : c ? (c.kind === "im" ? person(c.with)?.real : "#" + c.name) : "";
  $("name").textContent = title ?? "";
  document.title = (title ? title + " – " : "") + "Local Slack";
  $("about").textContent = home || !c ? "" : c.kind === "im" ? "" : [c.app ? `${state.app.name} is here` : `${state.app.name} is not in this channel`, c.shared && "shared with another workspace"].filter(Boolean).join(" · ");
  $("write").hidden = home || !c || c.archived;
  $("text").placeholder = title ? `Message ${title}` : "";
  $("text").title = state.app.commands?.length ? "Commands: " + state.app.commands.join(", ") : "";
  $("log").setAttribute("role", home ? "region" : "log");
  $("log").setAttribute("aria-label", home ? "Home" : "Messages");
  prompts($("tab-prompts"), home ? [] : state.at?.prompts, (p) => act({ do: "ask", channel: here.channel, name: p.Title }));
  if (home) {
    const h = state.home;
    keep($("log"), [[JSON.stringify(["home", h ?? null]), h]], (h) => h
      ? el("div", { class: "blocks home" }, blocks(h.blocks, { id: "home", state: h.state, act: (a) => act({ ...a, where: "home" }) }))
      : el("p", { class: "empty" }, "The app has published nothing here yet."));
    return;
  }
  log($("log"), state.at?.messages ?? [], false);
}

function log(box, messages, inThread) {
  const low = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const place = here.channel + here.thread + here.user;
  const changed = keep(box, messages.length ? messages.map((m) => [JSON.stringify([inThread, here.user, m]), m]) : [["empty", null]],
    (m) => (m ? message(m, inThread) : el("p", { class: "empty" }, "Nothing here yet.")));
  if (changed && (low || box.dataset.place !== place)) box.scrollTop = box.scrollHeight;
  box.dataset.place = place;
}

function message(m, inThread) {
  const at = { channel: here.channel, ts: m.ts };
  const id = (inThread ? "t/" : "m/") + m.ts;
  const tools = [];
  const tool = (name, words, go, label) => tools.push(el("button", { type: "button", "data-id": id + "/" + name, "aria-label": label, onclick: go }, words));
  const reply = () => { here.thread = m.thread || m.ts; look().then(() => $("thread-text").focus()); };
  if (!m.only) {
    if (!inThread) tool("reply", "Reply", reply);
    tool("react", "👀", () => act({ do: "react", ...at, name: "eyes" }), "React with eyes");
    for (const [callback, kind] of Object.entries(state.app.shortcuts ?? {})) {
      if (kind === "message") tool(callback, callback.replaceAll("_", " "), () => act({ do: "shortcut", ...at, name: callback }));
    }
    if (m.own) {
      tool("edit", "Edit", (ev) => edit(ev.target.closest("article"), m, at));
      tool("delete", "Delete", () => act({ do: "delete", ...at }));
    }
  }
  const body = m.blocks?.length
    ? blocks(m.blocks, { id, state: m.state, act: (a) => act({ ...a, ...at, where: "message" }) })
    : [el("div", {}, lines(m.text))];
  return el("article", { class: [m.only && "only", m.app && "app"].filter(Boolean).join(" ") || undefined, "aria-label": `${m.name}, ${m.time}` },
    el("span", { class: "face", "aria-hidden": "true" }, m.name.slice(0, 1)),
    el("div", { class: "what" },
      el("p", { class: "by" }, el("strong", {}, m.name), m.app && el("span", { class: "tag" }, "app"), el("time", {}, m.time), m.only && el("span", { class: "note" }, "Only you can see this")),
      el("div", { class: "blocks" }, body, m.edited && !m.app && el("small", { class: "note" }, " (edited)")),
      m.quoted?.map((q) => el("blockquote", {}, lines(q))),
      m.files?.map((f) => (f.picture ? el("img", { src: "file/" + f.id, alt: f.name, class: "file" }) : el("a", { href: "file/" + f.id, download: f.name }, "📄 " + f.name))),
      m.reactions?.length > 0 && el("p", { class: "reactions" }, m.reactions.map((r) =>
        el("button", { type: "button", "data-id": id + "/r/" + r.name, "aria-pressed": String(r.mine), onclick: () => act({ do: "react", ...at, name: r.name }) }, `${emoji(r.name)} ${r.count}`))),
      m.replies > 0 && !inThread && el("button", { type: "button", class: "replies", "data-id": id + "/replies", onclick: reply }, m.replies === 1 ? "1 reply" : m.replies + " replies"),
      m.pane && !inThread && !m.replies && el("button", { type: "button", class: "replies", "data-id": id + "/replies", onclick: reply }, "Open")),
    tools.length > 0 && el("div", { class: "tools" }, tools));
}

const emoji = (name) => ({ eyes: "👀", white_check_mark: "✅", x: "❌", "+1": "👍", thumbsup: "👍", warning: "⚠️", hourglass_flowing_sand: "⏳", hourglass: "⌛", tada: "🎉", lock: "🔒", envelope: "✉️", email: "✉️" })[name] ?? `:${name}:`;

// What was typed, for who edits it: mentions by name again, marks undone.
const typed = (text) => text.replace(/<@([^>|]+)[^>]*>/g, (_, id) => "@" + (person(id)?.name ?? id)).replace(/<#[^>|]+\|([^>]+)>/g, "#$1")
  .replace(/<!([^>|]+)[^>]*>/g, "@$1").replace(/<([^>|]+)[^>]*>/g, "$1").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function edit(article, m, at) {
  const box = el("textarea", { rows: 2, "aria-label": "Edit the message" }, typed(m.text));
  const leave = () => { article.dataset.key = ""; look(); };
  const form = el("form", { class: "edit", onsubmit: async (ev) => { ev.preventDefault(); await act({ do: "edit", ...at, text: box.value }); leave(); } },
    box, el("div", { class: "row" }, el("button", { type: "button", onclick: leave }, "Cancel"), el("button", { type: "submit", class: "primary" }, "Save")));
  box.addEventListener("keydown", (ev) => { if (ev.key === "Escape") leave(); });
  article.querySelector(".blocks").replaceChildren(form);
  box.focus();
}

function thread() {
  const open = !!state.thread && !here.view;
  $("aside").hidden = !open;
  document.body.classList.toggle("threaded", open);
  if (!open) return;
  const pane = state.pane;
  $("thread-name").textContent = pane ? pane.title || "Assistant" : "Thread";
  log($("thread-log"), pane ? state.thread.messages.filter((m) => !m.pane) : state.thread.messages, true);
  $("status").textContent = pane?.status ? `${state.app.name} ${pane.status}` : "";
  const asked = state.thread.messages.some((m) => m.own);
  prompts($("prompts"), asked ? [] : pane?.prompts, (p) => act({ do: "ask", channel: here.channel, ts: here.thread, name: p.Title }));
}

function prompts(box, all, ask) {
  keep(box, (all ?? []).map((p) => [JSON.stringify([here.user, here.channel, here.thread, p]), p]),
    (p) => el("button", { type: "button", "data-id": box.id + "/" + p.Title, onclick: () => ask(p) }, p.Title));
}

let from = null; // what had the focus before the modal
function modal() {
  const box = $("modal"), m = state.modal;
  if (!m) {
    if (box.open) { box.close(); from?.isConnected ? from.focus() : $("text").focus(); }
    box.dataset.key = "";
    return;
  }
  if (box.dataset.key !== m.key) {
    // What was typed stays in the same form, and never goes over into the next.
    const same = box.open && box.dataset.view === m.id;
    const typed = new Map(same ? [...box.querySelectorAll("[data-field]")].map((f) => [f.dataset.field, f.value]) : []);
    const focus = document.activeElement?.dataset?.id;
    box.dataset.key = m.key;
    box.dataset.view = m.id;
    $("modal-title").textContent = m.title;
    $("modal-close").textContent = m.close;
    $("modal-x").setAttribute("aria-label", m.close);
    $("modal-submit").textContent = m.submit;
    $("modal-submit").hidden = !m.submit;
    $("modal-error").textContent = "";
    $("modal-blocks").replaceChildren(...blocks(m.blocks, { id: "modal", state: m.state, errors: m.errors, act: (a) => act({ ...a, where: "modal" }) }));
    for (const f of box.querySelectorAll("[data-field]")) if (!f.value && typed.has(f.dataset.field)) f.value = typed.get(f.dataset.field);
    if (!box.open) { from = document.activeElement; box.showModal(); }
    const wrong = box.querySelector("[aria-invalid=true]");
    (wrong ?? (focus && box.querySelector(`[data-id="${CSS.escape(focus)}"]`)) ?? box.querySelector("[autofocus], .blocks input, .blocks textarea, .blocks select"))?.focus();
  }
}

$("modal-form").addEventListener("submit", (ev) => {
  ev.preventDefault();
  const values = {};
  for (const f of ev.target.querySelectorAll("[data-field]")) values[f.dataset.field] = f.value;
  act({ do: "submit", values });
});
for (const id of ["modal-close", "modal-x"]) $(id).addEventListener("click", () => act({ do: "close" }));
$("modal").addEventListener("cancel", (ev) => { ev.preventDefault(); act({ do: "close" }); });

$("who").addEventListener("change", (ev) => { here.user = ev.target.value; here.thread = ""; look(); });
$("thread-close").addEventListener("click", () => { here.thread = ""; look().then(() => $("text").focus()); });

for (const [form, text, file, inThread] of [["write", "text", "file", false], ["thread-write", "thread-text", "thread-file", true]]) {
  const to = () => (inThread ? { channel: here.channel, thread: here.thread } : { channel: here.channel });
  $(form).addEventListener("submit", async (ev) => {
    ev.preventDefault();
    const box = $(text);
    if (!box.value.trim()) return;
    const value = box.value;
    box.value = "";
    const a = await act({ do: "say", ...to(), text: value });
    if (a.error && !box.value) box.value = value;
  });
  // Enter sends, with Shift it breaks the line; a phone's keyboard says only insertLineBreak.
  let shift = false;
  $(text).addEventListener("keydown", (ev) => { shift = ev.shiftKey; });
  $(text).addEventListener("beforeinput", (ev) => {
    if (ev.inputType === "insertLineBreak" && !shift) { ev.preventDefault(); $(form).requestSubmit(); }
  });
  $(file).addEventListener("change", async (ev) => {
    const f = ev.target.files[0];
    if (!f) return;
    const q = new URLSearchParams({ user: here.user, ...to(), name: f.name, text: $(text).value });
    const res = await fetch("upload?" + q, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: f });
    const a = res.ok ? await res.json() : { error: "The file is too large." };
    ev.target.value = "";
    if (a.error) notice(a.error); else $(text).value = "";
    look();
  });
}
document.addEventListener("keydown", (ev) => {
  if (ev.key === "Escape" && here.thread && !$("modal").open && $("aside").contains(document.activeElement) && !ev.target.closest(".edit")) $("thread-close").click();
});

const changes = new EventSource("changes");
changes.onmessage = look;
changes.onerror = () => { $("link").textContent = "The local Slack does not answer."; $("link").className = "off"; };
look();
