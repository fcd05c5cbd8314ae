/** Times as people say them, in the conversation's language. */
import { make } from "./text";

const pause = 20 * 60_000; // ms: after so long a silence the time is told again

const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0);

export class Times {
  #lang = "";
  #newest = 0; // time of the newest message: the clock of a device may be days behind
  #told = this.#today;
  #made: { time: Intl.DateTimeFormat; day: Intl.DateTimeFormat; full: Intl.DateTimeFormat; near: Intl.RelativeTimeFormat } | undefined;

  speak(lang: string) {
    if (lang === this.#lang) return;
    this.#lang = lang;
    this.#made = undefined;
  }

  /** They are slow to make and quick to use. */
  get #by() {
    const lang = this.#lang || undefined;
    return this.#made ??= {
      time: new Intl.DateTimeFormat(lang, { timeStyle: "short" }),
      day: new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long" }),
      full: new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "short" }),
      near: new Intl.RelativeTimeFormat(lang, { numeric: "auto" }),
    };
  }

  get #today() { return midnight(Math.max(Date.now(), this.#newest)); }

  /** Whether another day has begun since this was asked last. */
  turned() { return this.#told !== (this.#told = this.#today); }

  short(at: number | undefined) { return at ? this.#by.time.format(at) : ""; }
  long(at: number) { return this.#by.full.format(at); }

  /** What stands between two messages: the day where it is another one, the time after a silence. */
  between(before: number | undefined, at: number | undefined) {
    if (!at) return;
    this.#newest = Math.max(this.#newest, at);
    const day = midnight(at), another = !before || midnight(before) !== day;
    if (!another && at - before < pause) return;
    const ago = Math.round((this.#today - day) / 86_400_000);
    const name = ago < 2 ? this.#by.near.format(-ago, "day") : this.#by.day.format(at);
    const time = make("time", { dateTime: new Date(at).toISOString() }, another ? `${name}, ${this.short(at)}` : this.short(at));
    if (another) time.className = "day";
    return time;
  }
}
