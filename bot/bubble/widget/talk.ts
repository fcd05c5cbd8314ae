/**
 * The line to the server: it keeps trying, sends one message at a time and keeps each until
 * it is acknowledged. Pictures go beside the line, and a slow one does not hold up the rest. The
 * frames are described in doc.go of the package bubble.
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
  /**
   * Sends what does not go through the socket, and gives the answer: an ack, or an error, with
   * "retry" if it is to be tried again. It never fails.
   * @param tries how often it had no answer since the line was opened
   */
  upload(frame: Frame, signal: AbortSignal, tries: number): Promise<Frame>;
}

const firstWait = 500; // ms; doubled each time
const longestWait = 30_000;
const openWithin = 15_000;
// A line that is dead is known to be after 10 + 6 s, and where somebody looks at it again after 3.
const quiet = 10_000;
const answerWithin = 6_000;
const answerNow = 3_000;
const uploadWithin = 120_000; // as long as the server takes one in

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
  #upload: AbortController | undefined; // the picture on its way
  #failed = 0; // how often it had no answer
  #resting = 0; // timer of its next try
  #passed = false; // it takes long, and the rest goes first
  #ended = false;
  #life = new AbortController(); // of what is listened to

  constructor(url: string, to: Listener) {
    this.#url = url;
    this.#to = to;
    const { signal } = this.#life;
    for (const back of ["online", "offline", "pageshow"]) addEventListener(back, this.#again, { signal });
    addEventListener("pagehide", this.#hidden, { signal });
    document.addEventListener("visibilitychange", this.#again, { signal });
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
    this.#unpause();
    this.#sent = "";
    this.#next();
    this.#again();
  }

  /** Leaves what is not acknowledged to whoever keeps it, and the line: somebody else is here now. */
  forget() {
    this.rest();
    this.#queue = [];
    this.#unpause();
    this.#upload?.abort();
    this.#upload = undefined;
    this.#passed = false;
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
    this.forget();
    this.#life.abort();
  }

  /** Back online, back in front, or a press on "try again": do not wait any longer. */
  #again = () => {
    if (this.#ended || document.hidden) return;
    this.#tries = 0;
    if (this.#paused || this.#resting) return this.hurry();
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
      const sent = this.#sent;
      this.#lost();
      // What was not understood once would end every line there is.
      if (code === 4400 && sent) this.#settle({ type: "error", id: sent });
      if (code === 4400 || code === 4401) this.#to.line("outdated");
      else this.#wait();
    };
  }

  #lost() {
    this.#socket = undefined;
    this.#greeted = false;
    this.#sent = "";
    this.#failed = 0;
    clearTimeout(this.#pulse);
    clearTimeout(this.#retry);
    this.#retry = 0;
  }

  #wait() {
    this.#to.line("offline");
    this.#retry = setTimeout(() => this.#open(), pause(this.#tries++));
  }

  #unpause() {
    clearTimeout(this.#paused);
    clearTimeout(this.#resting);
    this.#paused = this.#resting = 0;
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
    this.#next();
  }

  /** Takes note of what became of a message, and passes it on. */
  #settle(frame: Frame) {
    const { type, id, retry } = frame;
    if (id && (type === "ack" || type === "error")) {
      if (retry) clearTimeout(this.#paused), this.#paused = setTimeout(() => this.hurry(), retry);
      else {
        this.#queue = this.#queue.filter((it) => it.id !== id);
        this.#keep();
      }
      if (id === this.#sent) this.#sent = "";
    }
    this.#to.frame(frame);
  }

  /** One at a time, so that a message sent again cannot overtake the one after it. */
  #next() {
    if (!this.#greeted) return;
    const first = this.#queue[0], picture = first?.type === "picture";
    if (picture && !this.#upload && !this.#resting) this.#carry(first);
    const frame = picture ? this.#passed && this.#queue.find(({ type }) => type !== "picture") : first;
    if (!frame || this.#sent || this.#paused) return;
    this.#sent = frame.id!;
    this.#write(frame);
  }

  /** Sends a picture; what is said after it lets it go first, for a moment. */
  async #carry(frame: Frame) {
    const upload = this.#upload = new AbortController();
    const timers = [setTimeout(() => { this.#passed = true; this.#next(); }, answerWithin), setTimeout(() => upload.abort(), uploadWithin)];
    const answer = await this.#to.upload(frame, upload.signal, this.#failed);
    timers.forEach(clearTimeout);
    if (this.#upload !== upload) return; // nobody waits for it any more
    this.#upload = undefined;
    this.#passed = Boolean(answer.retry);
    if (answer.retry) {
      this.#resting = setTimeout(() => { this.#resting = 0; this.#next(); }, Math.max(answer.retry, pause(this.#failed++)));
      this.#to.frame(answer);
    } else {
      this.#failed = 0;
      this.#settle(answer);
    }
    this.#next();
  }

  #keep() {
    this.#to.unsent(this.#queue);
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

/** How long to wait after so many tries: at random, so that a restart does not bring everybody back in one moment. */
function pause(tries: number) {
  const most = Math.min(longestWait, firstWait * 2 ** tries);
  return most / 2 + Math.random() * most / 2;
}
