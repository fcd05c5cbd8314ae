/** The corner by which the panel is made larger or smaller, with a mouse or the arrow keys. */
import { make } from "./text";

const step = 24; // px for one press of a key
const least = [300, 360] as const;

export class Grip {
  #panel: HTMLElement;
  #left: () => boolean;
  #done: (size: [number, number] | undefined) => void;
  element = make("div", { className: "grip", role: "separator", tabIndex: 0, "aria-orientation": "vertical" });

  /**
   * @param left whether the panel stands on the left, and its free corner on the right
   * @param done the person has chosen a size, or the usual one again
   */
  constructor(panel: HTMLElement, left: () => boolean, done: (size: [number, number] | undefined) => void) {
    this.#panel = panel;
    this.#left = left;
    this.#done = done;
    this.element.addEventListener("pointerdown", (event) => this.#drag(event));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("dblclick", () => this.#set(undefined));
  }

  /** Gives the panel a size; the style sheet keeps it inside the window. */
  apply(size: [number, number] | undefined) {
    const { style } = this.#panel;
    style.setProperty("--w", size ? size[0] + "px" : "");
    style.setProperty("--h", size ? size[1] + "px" : "");
    const width = Math.round(this.#panel.offsetWidth);
    if (width) {
      this.element.setAttribute("aria-valuenow", String(width));
      this.element.setAttribute("aria-valuemin", String(least[0]));
      this.element.setAttribute("aria-valuemax", String(Math.max(width, innerWidth - 40)));
    }
  }

  #set(size: [number, number] | undefined) {
    if (size) size = [Math.max(least[0], Math.round(size[0])), Math.max(least[1], Math.round(size[1]))];
    this.apply(size);
    this.#done(size);
  }

  #drag(event: PointerEvent) {
    if (event.button) return;
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
    const { offsetWidth: width, offsetHeight: height } = this.#panel, side = this.#left() ? 1 : -1;
    const move = ({ clientX, clientY }: PointerEvent) =>
      this.#set([width + side * (clientX - event.clientX), height - (clientY - event.clientY)]);
    const stop = () => {
      this.element.removeEventListener("pointermove", move);
      this.element.removeEventListener("lostpointercapture", stop);
    };
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("lostpointercapture", stop);
  }

  #key(event: KeyboardEvent) {
    const outward = this.#left() ? "ArrowRight" : "ArrowLeft", inward = this.#left() ? "ArrowLeft" : "ArrowRight";
    const by = { [outward]: [step, 0], [inward]: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (by) this.#set([this.#panel.offsetWidth + by[0]!, this.#panel.offsetHeight + by[1]!]);
    else if (event.key === "Home") this.#set(undefined);
    else return;
    event.preventDefault();
  }
}
