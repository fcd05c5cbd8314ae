/**
 * The element itself: only the round button. The panel is loaded when it is opened, or when a
 * conversation is going on. Nothing runs before the page is idle.
 */
import { luminance, over, seen } from "./color";
import css from "./launcher.css";
import type { Panel } from "./panel";

/** What is said: the words that are named here from the beginning, all others once there is a line. */
export interface Words extends Record<Early, string> { [key: string]: string }
type Early = "title" | "open" | "close" | "connecting" | "offline" | "outdated" | "menu" | "sound" | "size" | "log" | "you"
  | "placeholder" | "send" | "secret" | "sending" | "not_sent" | "retry" | "attach" | "picture";

/** What only the server knows, for each language; it puts it here when it sends the script. */
const build = "@build@" as unknown as Record<string, { open: string; offline: string; panel: string }>;

const name = "latchkey-bubble";
// The shapes of its sign, while the panel is shut and while it is open.
const chat = "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.5 8.5 0 1 1 21 11.5ZM8.5 11.5h.01M12.5 11.5h.01M16.5 11.5h.01";
const shut = "m6 9.5 6 6 6-6";

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
  const idle = () => window.requestIdleCallback?.(define, { timeout: 4000 }) ?? setTimeout(define, 200);
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", idle);
  else idle();
}

/** Whether something is kept under such a name. Storage is refused in some private windows and sandboxed frames. */
const kept = (store: "localStorage" | "sessionStorage", name: string) => {
  try { return Object.keys(window[store]).some((key) => key.startsWith(name)); } catch { return false; }
};

const drawn = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);

/** After these what failed may work now, and another tab may have begun a conversation. */
const signs = ["online", "pageshow", "storage"];

/** Makes the class of the element for a bot. */
function element(base: URL): CustomElementConstructor {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  // Browsers remember for ever that a script could not be loaded, but of its address only.
  let tries = 0;

  return class LatchkeyBubble extends HTMLElement {
    static observedAttributes = "open accent theme position lang audience identity name email".split(" ");
    #button = document.createElement("button");
    #sign = drawn("path");
    #here = false;
    #panel: Panel | undefined;
    #late = 0; // timer of the next try to load it

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" }), button = this.#button, svg = drawn("svg");
      root.adoptedStyleSheets = [sheet];
      svg.append(this.#sign);
      button.className = "launch"; // in here no form of the page can own it
      button.append(svg);
      button.addEventListener("click", () => this.toggle());
      // Whoever points at the button is about to press it.
      button.addEventListener("pointerenter", () => this.#panel || this.#open(), { once: true });
      // What the page puts inside stands there until the panel does.
      root.append(button, document.createElement("slot"));
    }

    /** What was built for the language. */
    get #build() {
      const { language } = this;
      return build[language] ?? build[language.split("-")[0]!] ?? Object.values(build)[0]!;
    }

    /** Whether the panel is to be seen. */
    get #wanted() { return this.matches("[open], [position=fill]"); }

    /** The language asked for: of the element, of the page around it, of the browser. */
    get language() {
      return this.closest<HTMLElement>("[lang]:not([lang=''])")?.lang || navigator.language;
    }

    connectedCallback() {
      if (kept("sessionStorage", "latchkey:open") && !matchMedia(small).matches) this.open();
      // What was said by attributes until now is one thing, and nobody's press: the focus stays.
      this.#here = true;
      this.#label();
      this.#paint();
      for (const sign of signs) addEventListener(sign, this.#again);
      this.#wanted ? this.#show(false) : this.#again();
    }

    disconnectedCallback() {
      this.#here = false;
      for (const sign of signs) removeEventListener(sign, this.#again);
      this.#panel?.leave();
      this.#panel = undefined;
    }

    attributeChangedCallback(what: string, before: string | null, now: string | null) {
      if (before === now || !this.#here) return;
      this.#label();
      if (what === "open") now === null ? this.#panel?.hide() : this.#show(true);
      else if (what === "accent" || what === "theme") this.#paint(what === "accent");
      else if (what === "position") {
        if (before === "fill" || now === "fill") this.#wanted ? this.#show(false) : this.#panel?.hide();
      } else if (this.#panel) this.#panel.begin(what);
      else this.#again();
    }

    open() { this.toggleAttribute("open", true); }
    close() { this.toggleAttribute("open", false); }
    toggle() { this.toggleAttribute("open"); }

    #show(focus: boolean) {
      // The page may have something better to show.
      if (this.dispatchEvent(new Event("latchkey:open", { bubbles: true, composed: true, cancelable: true }))) this.#open(focus);
      else this.close();
    }

    /** Loads the panel, and shows it if that is still wanted. */
    async #open(focus = false) {
      clearTimeout(this.#late);
      try {
        const it: typeof import("./panel") = await import(new URL(this.#build.panel + "?" + tries, base).href);
        if (this.#here && !this.#panel) { // it may have been taken away meanwhile
          this.#panel = new it.Panel(this, this.#button, base, () => this.#paint());
          this.#paint();
          this.#label();
        }
        if (this.#wanted) this.#panel?.show(focus);
      } catch (error) {
        this.#late = setTimeout(this.#again, ++tries * 2000);
        this.#label(this.#wanted);
        console.error(error);
      }
    }

    /** Tries what has failed; there may also be news of an old conversation, whoever's. */
    #again = () => {
      if (this.#here && !this.#panel && (this.#wanted && this.#late || kept("localStorage", "latchkey:" + base.host))) this.#open();
    };

    /**
     * Says what the button does, or why it does nothing. The panel, once it is there, knows more.
     * @param late the panel could not be loaded
     */
    #label(late = false) {
      const open = this.hasAttribute("open"), button = this.#button;
      this.#sign.setAttribute("d", open ? shut : chat);
      button.ariaExpanded = `${open}`;
      button.ariaBusy = `${late}`;
      if (!open || !this.#panel) button.ariaLabel = this.#build[late ? "offline" : "open"];
    }

    /** A light accent gets dark signs on it. */
    #paint(changed = false) {
      const accent = this.getAttribute("accent"), known = accent && CSS.supports("color", accent), { style } = this;
      if (known || changed) style.setProperty("--latchkey-accent", known ? accent : "");
      const ground = seen(getComputedStyle(this.#button).backgroundColor);
      style.setProperty("--o", over(ground));
      this.#panel?.paint(ground, luminance);
    }
  };
}
