/**
 * The line to the server: it keeps trying, sends one message at a time and keeps each until
 * it is acknowledged. The frames are described in doc.go of the package bubble.
 */

export type Frame = { type: string; id?: string } & Record<string, any>;

/** How the line is. Outdated: this script is too old for the server. */
export type Line = "connecting" | "open" | "offline" | "outdated";

export interface Listener {
  /** What to say first, each time. */
  hello(): Frame;
  /** A frame has come. */
  frame(frame: Frame): void;
  line(state: Line): void;
  /** What is not acknowledged yet has changed. */
  unsent(frames: Frame[]): void;
  /** Sends what does not go through the socket, and gives the answer. It fails when there is no way through. */
  upload(frame: Frame): Promise<Frame>;
}

const firstWait = 500; // ms; doubled each time
const longestWait = 30_000;
const openWithin = 15_000;
// A line that is dead is known to be after 10 + 6 s, and where somebody looks at it again after 3.
const quiet = 10_000;
const answerWithin = 6_000;
const answerNow = 3_000;

export class Talk {
  #url: string;
  #to: Listener;
  #socket: WebSocket | undefined;
  #greeted = false;
  #tries = 0;
  #retry = 0; // timer of the next try
  #pulse = 0; // timer of the next ping, or of giving up on its answer
  #queue: Frame[] = []; // what is not acknowledged yet
  #sent = ""; // the id on its way
  #paused = 0;
  #ended = false;

  constructor(url: string, to: Listener) {
    this.#url = url;
    this.#to = to;
    addEventListener("online", this.#again);
    addEventListener("offline", this.#again);
    addEventListener("pageshow", this.#again);
    addEventListener("pagehide", this.#hidden);
    document.addEventListener("visibilitychange", this.#again);
  }

  /** Opens the line unless it is open, or says hello afresh on it. */
  begin() {
    if (this.#ended) return;
    if (!this.#socket) return this.#open();
    if (this.#socket.readyState === WebSocket.OPEN) this.#hello();
  }

  /** Sends a message, now or as soon as there is a line. */
  send(frame: Frame) {
    this.#queue.push(frame);
    this.#keep();
    this.#next();
    if (!this.#socket) this.#again();
  }

  /** Asks for something that need not be asked again when the line breaks; false if there is none. */
  ask(frame: Frame) {
    if (this.#greeted) this.#write(frame);
    return this.#greeted;
  }

  /** Tries at once what would be tried later. */
  hurry() {
    clearTimeout(this.#paused);
    this.#paused = 0;
    this.#sent = "";
    this.#next();
    this.#again();
  }

  /** Leaves what is not acknowledged to whoever keeps it, and the line: somebody else is here now. */
  forget() {
    this.rest();
    this.#queue = [];
    clearTimeout(this.#paused);
    this.#paused = 0;
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
    removeEventListener("offline", this.#again);
    removeEventListener("pageshow", this.#again);
    removeEventListener("pagehide", this.#hidden);
    document.removeEventListener("visibilitychange", this.#again);
  }

  /** Back online, back in front, or a press on "try again": do not wait any longer. */
  #again = () => {
    if (this.#ended || document.hidden) return;
    this.#tries = 0;
    if (this.#paused) return this.hurry();
    // A phone that slept may still believe in a line that is long gone.
    if (this.#socket) this.#socket.readyState === WebSocket.OPEN && this.#ping(answerNow);
    else if (this.#retry || this.#queue.length) this.#open();
  };

  /** A page with an open socket cannot be kept for "back"; one that comes back opens it anew. */
  #hidden = ({ persisted }: PageTransitionEvent) => {
    if (!persisted || !this.#socket) return;
    this.rest();
    this.#wait();
  };

  #open() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#to.line("connecting");
    const socket = this.#socket = new WebSocket(this.#url);
    this.#giveUpAfter(openWithin); // an attempt that hangs is given up too
    socket.onopen = () => this.#hello();
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#hear(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#lost();
      if (code === 4400 || code === 4401) this.#to.line("outdated");
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
    this.#sent = ""; // what was on its way may have been lost with the last line
    this.#write(this.#to.hello());
    this.#giveUpAfter(answerWithin);
  }

  #hear(frame: Frame) {
    this.#listen();
    if (frame.type === "hello") {
      this.#greeted = true;
      this.#tries = 0;
      this.#to.line("open");
    }
    this.#settle(frame);
    this.#to.frame(frame);
    this.#next();
  }

  /** Takes note of what became of a message. */
  #settle({ type, id, retry }: Frame) {
    if (!id || type !== "ack" && type !== "error") return;
    if (type === "error" && retry) clearTimeout(this.#paused), this.#paused = setTimeout(() => this.hurry(), retry);
    else {
      this.#queue = this.#queue.filter((frame) => frame.id !== id);
      this.#keep();
    }
    if (id === this.#sent) this.#sent = "";
  }

  /** One at a time, so that a message sent again cannot overtake the one after it. */
  #next() {
    const frame = this.#queue[0];
    if (!frame || !this.#greeted || this.#sent || this.#paused) return;
    this.#sent = frame.id!;
    if (frame.type === "picture") this.#upload(frame);
    else this.#write(frame);
  }

  async #upload(frame: Frame) {
    let answer: Frame;
    try {
      answer = await this.#to.upload(frame);
    } catch {
      answer = { type: "error", code: "", id: frame.id, retry: answerWithin };
    }
    if (this.#ended || !this.#queue.includes(frame)) return;
    this.#settle(answer);
    this.#to.frame(answer);
    this.#next();
  }

  #keep() {
    // A picture is too large to be kept over a reload.
    this.#to.unsent(this.#queue.filter(({ type }) => type !== "picture"));
  }

  #write(frame: Frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** After a silence, asks whether the line is alive. */
  #listen() {
    clearTimeout(this.#pulse);
    this.#pulse = setTimeout(() => this.#ping(answerWithin), quiet);
  }

  #ping(within: number) {
    this.#write({ type: "ping" });
    this.#giveUpAfter(within);
  }

  /** Without an answer the line is dead, whatever the browser thinks of it. */
  #giveUpAfter(time: number) {
    clearTimeout(this.#pulse);
    this.#pulse = setTimeout(() => {
      const socket = this.#socket;
      this.#lost();
      socket?.close();
      this.#wait();
    }, time);
  }
}
