/**
 * The line to the server: it keeps trying, sends one message at a time and keeps each until
 * it is acknowledged. The frames are described in doc.go of the package bubble.
 *
 * @typedef {{type: string} & Record<string, any>} Frame
 * @typedef {object} Listener
 * @property {() => Frame} hello what to say first, each time
 * @property {(frame: Frame) => void} frame a frame has come
 * @property {(state: "connecting" | "open" | "offline" | "outdated") => void} line how the line is
 */

const firstWait = 500; // ms; doubled each time
const longestWait = 30_000;
const quiet = 25_000; // before a dead line is looked for
const answerWithin = 10_000;

export class Talk {
  #url;
  #to;
  /** @type {WebSocket | undefined} */ #socket;
  #greeted = false;
  #tries = 0;
  #retry = 0; // timer of the next try
  #pulse = 0; // timer of the next ping, or of giving up on its answer
  /** @type {Frame[]} what is not acknowledged yet */ #queue = [];
  /** the id on its way */ #sent = "";
  #paused = 0;
  #ended = false;

  /** @param {string} url @param {Listener} to */
  constructor(url, to) {
    this.#url = url;
    this.#to = to;
    addEventListener("online", this.#again);
    document.addEventListener("visibilitychange", this.#again);
  }

  /** Opens the line unless it is open, or says hello afresh on it. */
  begin() {
    if (this.#ended) return;
    if (!this.#socket) return this.#open();
    if (this.#socket.readyState === WebSocket.OPEN) this.#hello();
  }

  /** Sends a message or a press, now or as soon as there is a line. @param {Frame} frame */
  send(frame) {
    this.#queue.push(frame);
    this.#next();
    if (!this.#socket) this.#again();
  }

  /** Tries at once what would be tried later. */
  hurry() {
    clearTimeout(this.#paused);
    this.#paused = 0;
    this.#sent = "";
    this.#next();
    this.#again();
  }

  /** Gives a message up. @param {string} id */
  drop(id) {
    this.#queue = this.#queue.filter((frame) => frame.id !== id);
    if (this.#sent === id) this.#sent = "";
    this.#next();
  }

  /** Closes the line; begin opens it again. */
  rest() {
    const socket = this.#socket;
    this.#lost();
    socket?.close();
  }

  /** Closes the line for good. */
  end() {
    this.#ended = true;
    this.rest();
    clearTimeout(this.#paused);
    removeEventListener("online", this.#again);
    document.removeEventListener("visibilitychange", this.#again);
  }

  /** Back online, back in front, or a press on "try again": do not wait any longer. */
  #again = () => {
    if (this.#ended || document.hidden) return;
    if (this.#socket) this.#beat(0);
    else if (this.#retry || this.#queue.length) this.#open();
  };

  #open() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#to.line("connecting");
    const socket = this.#socket = new WebSocket(this.#url);
    this.#beat(answerWithin); // an attempt that hangs is given up too
    socket.onopen = () => this.#hello();
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#lost();
      if (code === 4400 || code === 4401) this.#to.line("outdated"); // this script is too old for the server
      else this.#wait();
    };
  }

  #lost() {
    this.#socket = undefined;
    this.#greeted = false;
    this.#sent = "";
    clearTimeout(this.#pulse);
    clearTimeout(this.#retry);
    this.#retry = 0;
  }

  /** Waits at random, so that a restart does not bring everybody back in one moment. */
  #wait() {
    this.#to.line("offline");
    const most = Math.min(longestWait, firstWait * 2 ** this.#tries++);
    this.#retry = setTimeout(() => this.#open(), most / 2 + Math.random() * most / 2);
  }

  #hello() {
    this.#greeted = false;
    this.#write(this.#to.hello());
    this.#beat(quiet);
  }

  /** @param {Frame} frame */
  #hear(frame) {
    this.#beat(quiet);
    if (frame.type === "hello") {
      this.#greeted = true;
      this.#tries = 0;
      this.#to.line("open");
    }
    if (frame.type === "ack") this.#queue = this.#queue.filter(({ id }) => id !== frame.id);
    if (frame.type === "error" && frame.id) {
      if (!frame.retry) this.#queue = this.#queue.filter(({ id }) => id !== frame.id);
      else this.#paused = setTimeout(() => this.hurry(), frame.retry);
    }
    this.#to.frame(frame);
    if (frame.id && frame.id === this.#sent && frame.type !== "message") this.#sent = "";
    this.#next();
  }

  /** One at a time, so that a message sent again cannot overtake the one after it. */
  #next() {
    if (!this.#greeted || this.#sent || this.#paused || !this.#queue.length) return;
    this.#sent = this.#queue[0].id;
    this.#write(this.#queue[0]);
  }

  /** @param {Frame} frame */
  #write(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** After a silence, asks whether the line is alive; without an answer it is not. */
  #beat(after) {
    clearTimeout(this.#pulse);
    this.#pulse = setTimeout(() => {
      this.#write({ type: "ping" });
      this.#pulse = setTimeout(() => {
        const socket = this.#socket;
        this.#lost();
        socket?.close();
        this.#wait();
      }, answerWithin);
    }, after);
  }
}
