/**
 * What the browser remembers: the token of the conversation, and how far it was read. Where
 * storage is refused the page remembers it for itself, and a reload begins anew.
 */
export class Keep {
  #key;
  /** @type {{token?: string, read?: number}} */ #kept = {};
  #listen;

  /** @param {string} key @param {() => void} changed another tab has begun or forgotten a conversation */
  constructor(key, changed) {
    this.#key = key;
    this.#load();
    this.#listen = (/** @type {StorageEvent} */ event) => {
      if (event.key !== key && event.key !== null) return;
      const before = this.#kept.token;
      this.#load();
      if (this.#kept.token !== before) changed();
    };
    addEventListener("storage", this.#listen);
  }

  get token() { return this.#kept.token; }
  get read() { return this.#kept.read ?? 0; }
  set read(seq) {
    if (!this.token || seq === this.read) return;
    this.#kept.read = seq;
    this.#save();
  }

  /** Makes a token of 256 bits; called at the first word, not before. */
  begin() {
    this.#load(); // another tab may have been quicker
    if (this.token) return;
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const token = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
    this.#kept = { token };
    this.#save();
  }

  leave() { removeEventListener("storage", this.#listen); }

  #load() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? "{}");
      if (/^[\w-]{43}$/.test(kept.token)) this.#kept = kept;
      else if (this.#kept.token) this.#kept = {};
    } catch { /* what is in memory stays */ }
  }

  #save() {
    try { localStorage.setItem(this.#key, JSON.stringify(this.#kept)); } catch { /* memory will do */ }
  }
}
