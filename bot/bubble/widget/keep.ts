/**
 * What the browser remembers: the token of the conversation, how far it was read, and a few
 * likings; for this tab alone what was typed and not sent. Nothing is written before the first
 * word. Where storage is refused the page remembers it for itself, and a reload begins anew.
 */
import type { Frame } from "./talk";

interface Kept {
  token?: string;
  read?: number;
  sound?: boolean;
  /** Width and height of the panel, as pulled by its corner. */
  size?: [number, number];
}

/** So many random bytes, as letters, digits, "-" and "_". */
export const random = (bytes: number) =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes)))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

export class Keep {
  #key: string;
  #kept: Kept = {};
  #changed: (fresh: boolean) => void;

  /**
   * @param place the key of it all
   * @param user who is signed in on the page: on a shared computer each has a conversation of their own
   * @param changed another tab has changed something; fresh: it has begun or forgotten a conversation
   */
  constructor(place: string, user: string, changed: (fresh: boolean) => void) {
    this.#key = user ? place + ":" + user : place;
    this.#changed = changed;
    if (user) this.#adopt(place);
    this.#load();
    addEventListener("storage", this.#heard);
  }

  get token() { return this.#kept.token; }
  get read() { return this.#kept.read ?? 0; }
  set read(seq) { this.#set("read", seq); }
  get sound() { return this.#kept.sound; }
  set sound(on) { this.#set("sound", on); }
  get size() { return this.#kept.size; }
  set size(size) { this.#set("size", size); }

  /** Typed and not sent yet; it survives a reload. */
  get draft() { return this.#own("draft") ?? ""; }
  set draft(text) { this.#ownSet("draft", text); }

  /** The same of what is said about the help. */
  get comment() { return this.#own("comment") ?? ""; }
  set comment(text) { this.#ownSet("comment", text); }

  /** Sent and not acknowledged yet; likewise. */
  get unsent(): Frame[] {
    try { return JSON.parse(this.#own("unsent") ?? "[]"); } catch { return []; }
  }
  set unsent(frames) { this.#ownSet("unsent", frames.length ? JSON.stringify(frames) : ""); }

  /** Makes a token of 256 bits; called at the first word, not before. */
  begin() {
    this.#load(); // another tab may have been quicker
    if (this.token) return;
    this.#kept.token = random(32);
    this.#save();
  }

  leave() { removeEventListener("storage", this.#heard); }

  #heard = ({ key }: StorageEvent) => {
    if (key !== this.#key && key !== null) return;
    const before = this.token;
    this.#load();
    this.#changed(this.token !== before);
  };

  /** Who was locked out and now is signed in goes on with the same conversation. */
  #adopt(place: string) {
    try {
      if (localStorage.getItem(this.#key)) return;
      for (const [store, what] of [[localStorage, ""], [sessionStorage, ":draft"], [sessionStorage, ":unsent"]] as const) {
        const strangers = store.getItem(place + what);
        if (!strangers) continue;
        store.setItem(this.#key + what, strangers);
        store.removeItem(place + what);
      }
    } catch { /* nothing is kept anyway */ }
  }

  #set<K extends keyof Kept>(name: K, value: Kept[K]) {
    const kept = this.#read(); // another tab may have written since
    if (this.token && kept?.token === this.token) this.#kept = kept!;
    if (this.#kept[name] === value) return;
    this.#kept[name] = value;
    if (this.token) this.#save();
  }

  #read(): Kept | undefined {
    try { return JSON.parse(localStorage.getItem(this.#key) ?? "{}"); } catch { return; }
  }

  #load() {
    const kept = this.#read();
    if (!kept) return; // what is in memory stays
    if (/^[\w-]{43}$/.test(kept.token ?? "")) this.#kept = kept;
    else if (this.token) this.#kept = {};
  }

  #save() {
    try { localStorage.setItem(this.#key, JSON.stringify(this.#kept)); } catch { /* memory will do */ }
  }

  #own(what: string) {
    try { return sessionStorage.getItem(this.#key + ":" + what); } catch { return null; }
  }

  #ownSet(what: string, value: string) {
    const key = this.#key + ":" + what;
    try { value ? sessionStorage.setItem(key, value) : sessionStorage.removeItem(key); } catch { /* then a reload loses it */ }
  }
}
