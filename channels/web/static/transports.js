// Three ways to the same conversation. Each is given the token, `last()` (the newest number seen),
// `hear(event)`, `ready(post)` to hand over how messages are posted, and the `signal` that ends it.
// It returns when the line is gone. Raises BadToken when the server does not know us.

const POLL_LASTS = 300000; // then a better way is tried again

export class BadToken extends Error {}

export function socket({ token, last, hear, ready, signal }) {
  return new Promise((done) => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const line = new WebSocket(`${scheme}://${location.host}/web/ws`, "chat.v1");
    signal.addEventListener("abort", () => {
      line.close();
      done(); // a dead line may take long to close
    });
    line.onopen = () => line.send(JSON.stringify({ v: 1, token, last: last() }));
    line.onmessage = (frame) => {
      const event = JSON.parse(frame.data);
      if (event.t === "ready") ready((message) => line.send(JSON.stringify({ t: "msg", ...message })));
      hear(event);
    };
    line.onclose = (event) => done(event.code === 4003 ? Promise.reject(new BadToken()) : undefined);
  });
}

export async function stream(way) {
  const answer = await request(`/web/events?last=${way.last()}`, way);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = "", part; !(part = await reader.read()).done; ) {
    const blocks = (rest + part.value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data:"));
      const event = data ? JSON.parse(data.slice(5)) : { t: "alive" };
      if (event.t === "ready") way.ready((message) => post(message, way));
      way.hear(event);
    }
  }
}

export async function poll(way) {
  await request("/healthz", way);
  way.ready((message) => post(message, way));
  way.hear({ t: "ready", last: way.last() });
  for (const end = Date.now() + POLL_LASTS; Date.now() < end; ) {
    const answer = await request(`/web/poll?last=${way.last()}`, way);
    for (const event of [{ t: "alive" }, ...(await answer.json())]) way.hear(event);
  }
}

async function post(message, way) {
  try {
    const body = JSON.stringify(message);
    way.hear(await (await request("/web/messages", way, { method: "POST", body })).json());
  } catch {
    way.cut();
  }
}

async function request(address, { token, signal }, options = {}) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const answer = await fetch(address, { ...options, headers, signal });
  if (answer.status === 401) throw new BadToken();
  const told = answer.headers.get("Content-Type")?.startsWith("application/json"); // why it was refused
  if (!answer.ok && !told) throw new Error(answer.status);
  return answer;
}
