// What the demo page does with the bubble is what any page can do.
const bubble = document.querySelector("latchkey-bubble");
const at = (id) => document.getElementById(id);

/** Makes an element with text in it. */
function make(tag, text) {
  const el = document.createElement(tag);
  el.textContent = text;
  return el;
}

// As an attribute it waits for a script that is still loading; the method open would not be there.
at("try").addEventListener("click", () => bubble.setAttribute("open", ""));

// Snippets can be copied where the page is secure: on this machine, or with https.
for (const button of document.querySelectorAll(".copy")) {
  const code = button.parentElement.querySelector("code"), said = at("said");
  let timer = 0;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      said.textContent = said.dataset.refused;
      return;
    }
    said.textContent = said.dataset.copied;
    button.classList.add("copied");
    clearTimeout(timer);
    timer = setTimeout(() => button.classList.remove("copied"), 2000);
  });
}

// What scrolls sideways can be scrolled with the keyboard; what does not is no stop on the way.
const sizes = new ResizeObserver((all) => {
  for (const { target } of all) {
    const scrolls = target.scrollWidth > target.clientWidth;
    for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-labelledby", target.firstElementChild.id + "-title"]]) {
      if (scrolls) target.setAttribute(name, value);
      else target.removeAttribute(name);
    }
  }
});
for (const pre of document.querySelectorAll("pre")) sizes.observe(pre);

// The settings. What is as usual needs no attribute.
const form = at("settings"), accent = at("accent");
const usual = { accent: accent.defaultValue, position: "right", theme: "auto" };
const names = ["lang", "audience", "accent", "position", "theme", "sound"];

function chosen() {
  const all = new Map();
  const said = new FormData(form);
  for (const name of names) {
    const value = said.get(name);
    if (value !== null && value !== usual[name]) all.set(name, name === "sound" ? "" : value);
  }
  return all;
}

function written(attributes) {
  const all = [...attributes].map(([name, value]) => value ? `${name}="${value}"` : name);
  const line = `<latchkey-bubble ${all.join(" ")}></latchkey-bubble>`;
  return line.length < 70 ? line : `<latchkey-bubble\n  ${all.join("\n  ")}\n></latchkey-bubble>`;
}

function apply() {
  const attributes = chosen();
  // The property is what the attribute has left behind; without it the usual colour is back.
  if (!attributes.has("accent")) bubble.style.removeProperty("--latchkey-accent");
  for (const name of names) {
    if (!attributes.has(name)) bubble.removeAttribute(name);
    else if (bubble.getAttribute(name) !== attributes.get(name)) bubble.setAttribute(name, attributes.get(name));
  }
  for (const swatch of form.querySelectorAll(".swatch")) swatch.ariaPressed = String(swatch.value === accent.value);
  const code = at("code-chosen");
  code.textContent = written(attributes);
  sizes.unobserve(code.parentElement); // its size may be the same, and what is in it wider
  sizes.observe(code.parentElement);
}

form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
for (const swatch of form.querySelectorAll(".swatch")) {
  swatch.addEventListener("click", () => {
    accent.value = swatch.value;
    apply();
  });
}

// A new visitor is one of whom this browser keeps nothing.
const about = at("afresh-text"), why = about.textContent;
at("afresh").addEventListener("click", () => {
  bubble.remove();
  try {
    for (const store of [localStorage, sessionStorage]) {
      for (const key of Object.keys(store)) if (key.startsWith("latchkey:")) store.removeItem(key);
    }
  } catch { /* then nothing was kept */ }
  document.body.append(bubble);
  at("said").textContent = about.textContent = about.dataset.done;
  about.classList.add("done");
});
form.addEventListener("input", () => {
  about.textContent = why;
  about.classList.remove("done");
});

// What the page is told.
const told = at("told"), most = 100;
for (const what of ["open", "close", "message", "ticket"]) {
  document.addEventListener("latchkey:" + what, ({ type, detail }) => {
    told.querySelector(".none")?.remove();
    const line = make("p", "");
    line.append(make("code", type), " ", make("span", detail ? JSON.stringify(detail) : ""));
    told.append(line);
    if (told.childElementCount > most) told.firstElementChild.remove();
    told.scrollTop = told.scrollHeight;
  });
}
