/**
 * Latchkey's chat bubble in one line:
 *
 *   <script src="https://bot.example/latchkey.js" async></script>
 *
 * adds a <latchkey-bubble> to the page unless it has one. README.md beside this file lists
 * its attributes, methods, events and custom properties. This part is only the button; the
 * panel is loaded when it is opened, or when a conversation is going on.
 */
(() => {
  "use strict";

  const build = { panel: "panel.js", words: {} };
  const script = document.currentScript ?? document.querySelector('script[src*="latchkey.js"]');
  const base = new URL(".", script?.src ?? location.href);

  const style = new CSSStyleSheet();
  style.replaceSync(`
:host{all:initial;--a:var(--latchkey-accent,#2456c7);position:fixed;z-index:2147483000;inset:auto 0 0 auto;margin:var(--latchkey-offset,20px);padding:0 env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);font:16px/1.5 var(--latchkey-font,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif)}
:host([position=left]){inset:auto auto 0 0}
:host([hidden]){display:none}
.launch{all:unset;position:relative;display:grid;place-items:center;width:60px;height:60px;border-radius:50%;background:var(--a);color:var(--o,#fff);cursor:pointer;box-shadow:0 6px 24px #0004}
.launch:hover{filter:brightness(1.08)}
.launch:focus-visible{outline:3px solid var(--a);outline-offset:3px}
.launch svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.launch .shut,.launch[aria-expanded=true] .chat{display:none}
.launch[aria-expanded=true] .shut{display:block}
.dot{position:absolute;inset:1px 1px auto auto;width:14px;height:14px;border-radius:50%;background:#d92d20;border:2px solid #fff}
@media print{:host{display:none}}
@media (max-width:480px){.launch[aria-expanded=true]{visibility:hidden}}`);

  const shapes = {
    chat: "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.5 8.5 0 1 1 21 11.5ZM8.5 11.5h.01M12.5 11.5h.01M16.5 11.5h.01",
    shut: "m6 9.5 6 6 6-6",
  };

  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", name);
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", shapes[name]);
    svg.append(path);
    return svg;
  };

  /** Storage is refused in some private windows and sandboxed frames. */
  const stored = (store, key) => {
    try { return window[store].getItem(key); } catch { return null; }
  };

  class LatchkeyBubble extends HTMLElement {
    static observedAttributes = ["accent", "lang", "audience", "open"];
    #root = this.attachShadow({ mode: "open" });
    #button = document.createElement("button");
    #dot = document.createElement("span");
    // The panel as a promise, and once it is there.
    #loading;
    #panel;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [style];
      this.#button.type = "button";
      this.#button.className = "launch";
      this.#dot.className = "dot";
      this.#dot.hidden = true;
      this.#button.append(icon("chat"), icon("shut"), this.#dot);
      this.#button.addEventListener("click", () => this.toggle());
      // Whoever points at the button is about to press it.
      this.#button.addEventListener("pointerenter", () => import(this.#address), { once: true });
      this.#root.append(this.#button);
    }

    get #address() { return new URL(build.panel, base).href; }
    get #words() {
      const short = this.language.split("-")[0];
      return build.words[this.language] ?? build.words[short] ?? Object.values(build.words)[0] ?? {};
    }

    /** The language asked for: of the element, of the page around it, of the browser. */
    get language() {
      return this.closest("[lang]:not([lang=''])")?.lang || navigator.language || "";
    }

    connectedCallback() {
      this.#label();
      this.#paint();
      if (this.hasAttribute("open")) this.#show(false);
      else if (stored("sessionStorage", "latchkey:open") && !matchMedia("(max-width:480px)").matches) this.open();
      // There may be news of an old conversation.
      else if (stored("localStorage", "latchkey:" + base.host)) this.#load();
    }

    disconnectedCallback() {
      this.#panel?.leave();
      this.#panel = this.#loading = undefined;
    }

    attributeChangedCallback(name, before, now) {
      if (before === now || !this.isConnected) return;
      if (name === "open") now === null ? this.#hide() : this.#show(true);
      else if (name === "accent") this.#paint();
      else this.#panel?.begin();
      this.#label();
    }

    open() { this.setAttribute("open", ""); }
    close() { this.removeAttribute("open"); }
    toggle() { this.toggleAttribute("open"); }

    async #show(focus) {
      this.#label();
      try {
        const panel = await this.#load();
        if (!this.hasAttribute("open")) return;
        this.#dot.hidden = true;
        panel.show(focus);
      } catch (error) {
        // Offline, most likely: the next press tries again.
        this.#loading = undefined;
        this.close();
        console.error(error);
      }
    }

    #hide() {
      this.#panel?.hide(this.#button);
    }

    #load() {
      return this.#loading ??= import(this.#address).then(({ Panel }) => this.#panel = new Panel(this, this.#root, {
        base, words: this.#words,
        unread: () => { this.#dot.hidden = false; this.#label(); },
      }));
    }

    #label() {
      const open = this.hasAttribute("open"), { close = "", open: ask = "", unread = "" } = this.#words;
      this.#button.setAttribute("aria-expanded", String(open));
      this.#button.setAttribute("aria-label", open ? close : this.#dot.hidden ? ask : `${ask}. ${unread}`);
    }

    /** A light accent gets dark signs on it. */
    #paint() {
      const accent = this.getAttribute("accent");
      if (accent && CSS.supports("color", accent)) this.style.setProperty("--latchkey-accent", accent);
      const pen = document.createElement("canvas").getContext("2d");
      if (!pen) return;
      pen.fillStyle = getComputedStyle(this.#button).backgroundColor;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
      this.style.setProperty("--o", r * .299 + g * .587 + b * .114 > 150 ? "#111" : "#fff");
    }
  }

  if (!customElements.get("latchkey-bubble")) customElements.define("latchkey-bubble", LatchkeyBubble);

  const place = () => {
    if (document.querySelector("latchkey-bubble")) return;
    const bubble = document.createElement("latchkey-bubble");
    for (const [name, value] of Object.entries(script?.dataset ?? {})) bubble.setAttribute(name, value);
    document.body.append(bubble);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
  else place();
})();
