/**
 * The element itself: only the round button. The panel is loaded when it is opened, or when a
 * conversation is going on. Nothing runs before the page is idle.
 */
import { over, seen } from "./color";
import css from "./launcher.css";
import type { Panel } from "./panel";

export type Words = Record<string, string>;

/** What only the server knows; it puts it here when it sends the script. */
const build = "@build@" as unknown as { panel: string; words: Record<string, Words> };

const name = "latchkey-bubble";
const shapes = {
  chat: "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.5 8.5 0 1 1 21 11.5ZM8.5 11.5h.01M12.5 11.5h.01M16.5 11.5h.01",
  shut: "m6 9.5 6 6 6-6",
};

/** Below this the panel takes the whole screen; panel.css says the same. */
export const small = "(max-width:480px),(max-height:420px)";

/**
 * Defines the element when the page has time for it.
 * @param base where the bot is
 * @param then what to do afterwards
 */
export function install(base: URL, then?: () => void) {
  const define = () => {
    if (!customElements.get(name)) customElements.define(name, element(base));
    then?.();
  };
  // Safari learnt to say when it is idle in 2025.
  const idle = () => "requestIdleCallback" in window ? requestIdleCallback(define, { timeout: 4000 }) : setTimeout(define, 200);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", idle);
  else idle();
}

/** Whether something is kept under such a name. Storage is refused in some private windows and sandboxed frames. */
const kept = (store: "localStorage" | "sessionStorage", name: string) => {
  try { return Object.keys(window[store]).some((key) => key.startsWith(name)); } catch { return false; }
};

function icon(shape: keyof typeof shapes) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.classList.add(shape);
  svg.ariaHidden = "true";
  path.setAttribute("d", shapes[shape]);
  svg.append(path);
  return svg;
}

/** Makes the class of the element for a bot. */
function element(base: URL): CustomElementConstructor {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const panelAt = new URL(build.panel, base).href;

  return class LatchkeyBubble extends HTMLElement {
    static observedAttributes = ["open", "accent", "theme", "position", "lang", "audience", "identity", "name", "email"];
    #root = this.attachShadow({ mode: "open" });
    #button = document.createElement("button");
    #here = false;
    // What the panel is made of as a promise, and the panel once it is there.
    #loading: Promise<typeof import("./panel")> | undefined;
    #panel: Panel | undefined;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [sheet];
      this.#button.className = "launch"; // in here no form of the page can own it
      this.#button.append(icon("chat"), icon("shut"));
      this.#button.addEventListener("click", () => this.toggle());
      // Whoever points at the button is about to press it.
      this.#button.addEventListener("pointerenter", () => import(panelAt).catch(() => {}), { once: true });
      this.#root.append(this.#button);
    }

    get #words(): Words {
      const { language } = this;
      return build.words[language] ?? build.words[language.split("-")[0]!] ?? Object.values(build.words)[0] ?? {};
    }

    get #fills() { return this.getAttribute("position") === "fill"; }

    /** The language asked for: of the element, of the page around it, of the browser. */
    get language() {
      return this.closest<HTMLElement>("[lang]:not([lang=''])")?.lang || navigator.language || "";
    }

    connectedCallback() {
      if (kept("sessionStorage", "latchkey:open") && !matchMedia(small).matches) this.open();
      // What was said by attributes until now is one thing, and nobody's press: the focus stays.
      this.#here = true;
      this.#label();
      this.#paint();
      if (this.#fills || this.hasAttribute("open")) this.#show(false);
      else this.#recall();
    }

    disconnectedCallback() {
      this.#here = false;
      this.#panel?.leave();
      this.#panel = this.#loading = undefined;
    }

    attributeChangedCallback(what: string, before: string | null, now: string | null) {
      if (before === now || !this.#here) return;
      this.#label();
      if (what === "open") now === null ? this.#hide() : this.#show(true);
      else if (what === "accent" || what === "theme") this.#paint(what === "accent");
      else if (what === "position") {
        if (before === "fill" || this.#fills) this.#fills || this.hasAttribute("open") ? this.#show(false) : this.#hide();
      } else if (this.#panel) this.#panel.begin(what);
      else this.#recall();
    }

    open() { this.setAttribute("open", ""); }
    close() { this.removeAttribute("open"); }
    toggle() { this.toggleAttribute("open"); }

    async #show(focus: boolean) {
      // The page may have something better to show.
      if (!this.dispatchEvent(new CustomEvent("latchkey:open", { bubbles: true, composed: true, cancelable: true }))) {
        return this.close();
      }
      try {
        const panel = await this.#load();
        if (this.#fills || this.hasAttribute("open")) panel?.show(focus);
      } catch (error) {
        // Offline, most likely: the next press tries again.
        this.#loading = undefined;
        this.close();
        console.error(error);
      }
    }

    #hide() {
      if (!this.#fills) this.#panel?.hide();
    }

    /** There may be news of an old conversation, whoever's. */
    #recall() {
      if (kept("localStorage", "latchkey:" + base.host)) this.#load().catch(() => this.#loading = undefined);
    }

    async #load() {
      const mine = this.#loading ??= import(panelAt), it = await mine;
      // It may have been taken away meanwhile.
      if (this.#loading === mine) this.#panel ??= new it.Panel(this, this.#root, this.#button, base, this.#words);
      return this.#panel;
    }

    /** Says what the button does; the panel adds how much is unread. */
    #label() {
      const open = this.hasAttribute("open");
      this.#button.ariaExpanded = String(open);
      this.#button.ariaLabel = this.#words[open ? "close" : "open"] ?? "";
    }

    /** A light accent gets dark signs on it. */
    #paint(changed = false) {
      const accent = this.getAttribute("accent");
      if (accent && CSS.supports("color", accent)) this.style.setProperty("--latchkey-accent", accent);
      else if (changed) this.style.removeProperty("--latchkey-accent");
      this.style.setProperty("--o", over(seen(getComputedStyle(this.#button).backgroundColor)));
      this.#panel?.paint();
    }
  };
}
