// One conversation with the server, over whatever line holds. Nothing is lost or doubled: each message
// has an id of ours and waits in this tab until it is acknowledged; each event has the server's number.

import { ofThisTab } from "./kept.js";
import { BadToken, poll, socket, stream } from "./transports.js";
import { Expired } from "./visitor.js";

const LADDER = [socket, socket, stream, poll]; // a refused handshake is tried once more
const [FIRST_WAIT, LONGEST_WAIT] = [500, 30000];
const READY_WITHIN = 8000;
const SILENT_FOR = 40000; // the server says something every 15 s
const LOOKS_EVERY = 2000;

export class Connection {
  // onState gets connecting, online (history complete), offline with the failures so far, or expired.
  constructor(visitor, { onEvent, onState, onRefused }) {
    Object.assign(this, { visitor, onEvent, onState, onRefused });
    this.unsent = `${visitor.key}.unsent`;
    this.queue = JSON.parse(ofThisTab.getItem(this.unsent) ?? "[]");
    [this.last, this.rung, this.failures] = [0, 0, 0];
  }

  async start() {
    addEventListener("online", () => this.lookAgain());
    addEventListener("offline", () => this.cut());
    document.addEventListener("visibilitychange", () => document.hidden || this.lookAgain());
    setInterval(() => this.watch(), LOOKS_EVERY);
    while (await this.connect()) await this.pause();
  }

  // One line from its beginning to its end; false when there is no use in another.
  async connect() {
    const line = new AbortController();
    this.cut = () => line.abort();
    this.heardAt = Date.now();
    this.onState("connecting");
    try {
      await LADDER[this.rung]({
        token: await this.visitor.token(),
        signal: line.signal,
        cut: this.cut,
        last: () => this.last,
        hear: (event) => line.signal.aborted || this.hear(event),
        ready: (post) => (this.post = post),
      });
    } catch (problem) {
      if (problem instanceof Expired) return this.onState("expired");
      if (problem instanceof BadToken) this.forget();
    }
    await this.ended(Boolean(this.post));
    return true;
  }

  async ended(wasReady) {
    this.post = this.inFlight = undefined;
    this.failures = wasReady ? 0 : this.failures + 1;
    this.onState("offline", this.failures);
    if (wasReady) this.rung = this.rung > 1 ? 1 : 0;
    else if (await reachable()) this.rung = (this.rung + 1) % LADDER.length;
  }

  pause() {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(this.failures, 6));
    return new Promise((wake) => {
      this.wake = wake;
      setTimeout(wake, FIRST_WAIT / 2 + Math.random() * longest);
    });
  }

  // A line may die without a word, as when a phone sleeps.
  watch(patience = this.post ? SILENT_FOR : READY_WITHIN) {
    const now = Date.now();
    const unanswered = this.inFlight && now - this.postedAt > READY_WITHIN;
    if (unanswered || now - this.heardAt > patience) this.cut();
  }

  lookAgain() {
    this.watch(SILENT_FOR / 2);
    this.wake?.();
  }

  forget() {
    this.visitor.forget();
    this.last = 0;
  }

  hear(event) {
    this.heardAt = Date.now();
    if (event.t === "ready") this.newest = event.last;
    else if (event.t === "ack") this.done(event.id);
    else if (event.t === "err") this.refused(event);
    else if (event.t === "typing") this.onEvent(event);
    else if (event.seq > this.last) {
      this.last = event.seq;
      this.onEvent(event);
      this.done(event.id);
    }
    if (this.last >= this.newest) {
      this.newest = undefined;
      this.onState("online");
      this.pump();
    }
  }

  refused({ id, message, retry_ms }) {
    if (retry_ms) return setTimeout(() => this.pump((this.inFlight = undefined)), retry_ms);
    this.onRefused(id, message);
    this.done(id);
  }

  send(id, text, photos = []) {
    this.queue.push({ id, text, photos });
    this.keepQueue();
    this.pump();
  }

  // One at a time, so that they arrive in order.
  pump() {
    const [next] = this.queue;
    if (!this.post || this.inFlight || !next) return;
    this.inFlight = next.id;
    this.postedAt = Date.now();
    this.post(next);
  }

  done(id) {
    if (!id || !this.queue.some((message) => message.id === id)) return;
    this.queue = this.queue.filter((message) => message.id !== id);
    this.keepQueue();
    if (this.inFlight === id) this.inFlight = undefined;
    this.pump();
  }

  keepQueue() {
    ofThisTab.setItem(this.unsent, JSON.stringify(this.queue));
  }
}

// Whether it is the line's kind that does not get through, or the server that is away.
async function reachable() {
  try {
    return (await fetch("/healthz", { signal: AbortSignal.timeout(READY_WITHIN) })).ok;
  } catch {
    return false;
  }
}
