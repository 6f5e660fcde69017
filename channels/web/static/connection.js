// One conversation with the server: WebSocket first, event stream and POST when two handshakes fail.
// Nothing is lost or doubled: each message has an id of ours, each event a number of the server's.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30000;
const RETRY_UNACKED = 5000;
const TOKEN = "xiaoshui.token";

export class Connection {
  constructor({ onEvent, onState, onAck, onRefused }) {
    Object.assign(this, { onEvent, onState, onAck, onRefused });
    this.last = 0;
    this.demo = new URLSearchParams(location.search).get("as"); // a customer of the demo city
    this.key = this.demo ? `${TOKEN}.${this.demo}` : TOKEN;
    this.unacked = new Map();
    this.failures = 0;
    addEventListener("online", () => this.reconnectNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.reconnectNow());
    setInterval(() => this.resend(), RETRY_UNACKED);
  }

  async start() {
    this.onState("connecting");
    try {
      this.token = await this.session();
      await (this.failures < 2 && "WebSocket" in window ? this.socket() : this.stream());
    } catch {
      this.failures += 1;
    }
    this.onState("offline");
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(this.failures, 6));
    await new Promise((wake) => {
      this.wake = wake;
      setTimeout(wake, FIRST_WAIT / 2 + Math.random() * longest);
    });
    this.start();
  }

  reconnectNow() {
    this.wake?.();
  }

  async session() {
    const signed = new URLSearchParams(location.hash.slice(1)).get("user");
    const kept = signed ?? localStorage.getItem(this.key);
    if (kept) return kept;
    const answer = await fetch("/web/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ demo: this.demo }),
    });
    if (!answer.ok) throw new Error("no session");
    const { token } = await answer.json();
    localStorage.setItem(this.key, token);
    return token;
  }

  socket() {
    return new Promise((done, failed) => {
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const socket = new WebSocket(`${scheme}://${location.host}/web/ws`, "chat.v1");
      socket.onopen = () => {
        socket.send(JSON.stringify({ v: 1, token: this.token, last: this.last }));
        this.connected((message) => socket.send(JSON.stringify({ t: "msg", ...message })));
      };
      socket.onmessage = (frame) => this.take(JSON.parse(frame.data));
      socket.onclose = (event) => {
        this.post = null;
        if (event.code === 4003) this.forget();
        (event.wasClean || event.code === 1012 ? done : failed)();
      };
    });
  }

  async stream() {
    const headers = { Authorization: `Bearer ${this.token}` };
    const answer = await fetch(`/web/events?last=${this.last}`, { headers });
    if (answer.status === 401 || answer.status === 403) this.forget();
    if (!answer.ok) throw new Error("no stream");
    this.connected(async (message) => {
      const reply = await fetch("/web/messages", {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify(message),
      });
      this.take(await reply.json());
    });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", part; !(part = await reader.read()).done; ) {
      const blocks = (rest + part.value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\n").find((line) => line.startsWith("data:"));
        if (data) this.take(JSON.parse(data.slice(5)));
      }
    }
    this.post = null;
  }

  connected(post) {
    this.post = post;
    this.failures = 0;
    this.onState("online");
    this.resend();
  }

  forget() {
    localStorage.removeItem(this.key);
    this.last = 0;
  }

  take(event) {
    if (event.t === "ack") {
      this.unacked.delete(event.id);
      this.onAck(event.id, event.seq);
    } else if (event.t === "err") {
      this.refused(event);
    } else if (event.seq === undefined) {
      this.onEvent(event);
    } else if (event.seq > this.last) {
      this.last = event.seq;
      this.onEvent(event);
    }
  }

  refused(event) {
    if (event.retry_ms) {
      setTimeout(() => this.resend(), event.retry_ms);
      return;
    }
    this.unacked.delete(event.id);
    this.onRefused(event.id, event.message);
  }

  send(text, photos = []) {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this.unacked.set(id, { id, text, photos });
    this.post?.({ id, text, photos });
    return id;
  }

  resend() {
    if (this.post) for (const message of this.unacked.values()) this.post(message);
  }

  async upload(file) {
    const body = new FormData();
    body.append("photo", file);
    const answer = await fetch("/web/photos", {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}` },
      body,
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message ?? "照片没有传上去，请重试。");
    return told.photo;
  }
}
