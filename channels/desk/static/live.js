// News of the desk: a WebSocket says what to fetch again; without it, pages look by themselves.

const [FIRST_WAIT, LONGEST_WAIT] = [1000, 30000];
const [LOOKS_EVERY, LOOKS_ALONE_EVERY] = [15000, 3000];
const SILENT_FOR = 40000; // the server says something every 15 s
const LOGGED_OUT = 4003;
const state = document.getElementById("state");
const notice = document.getElementById("notice");

// A part of a page, rendered by the server; null when it could not be had.
export async function fetched(address) {
  const answer = await fetch(address, { headers: { "X-Desk-Live": "1" } }).catch(() => null);
  if (answer?.status === 401) location.assign("/desk/login");
  if (!answer?.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

// Sends a form in the background; true when it was done. What is refused is told.
export async function posted(form) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Desk-Live": "1" }, redirect: "manual" }).catch(() => null);
  button.disabled = false;
  const done = answer?.type === "opaqueredirect" || Boolean(answer?.ok);
  if (!done) tell(answer ? await answer.text() : "没有网络，没有发出去。请稍后再试。");
  if (answer?.status === 401) setTimeout(() => location.assign("/desk/login"), 1500);
  return done;
}

export function tell(message) {
  notice.textContent = message;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => (notice.textContent = ""), 8000);
}

// Calls hear("board" | "lines" | "look") at news, and now and then without any.
export function follow(query, hear) {
  let wait = FIRST_WAIT;
  let heardAt = 0;
  let lookedAt = Date.now();
  let socket;

  function connect() {
    socket = new WebSocket(`${location.origin.replace("http", "ws")}/desk/news${query}`);
    socket.onmessage = ({ data }) => {
      if (!heardAt) hear("look"); // what was missed meanwhile
      heardAt = Date.now();
      wait = FIRST_WAIT;
      show(true);
      if (data !== "alive") hear(data);
    };
    socket.onclose = ({ code }) => {
      if (code === LOGGED_OUT) return location.assign("/desk/login");
      heardAt = 0;
      show(false);
      setTimeout(connect, wait / 2 + (Math.random() * wait) / 2);
      wait = Math.min(LONGEST_WAIT, wait * 2);
    };
  }

  function show(online) {
    state.hidden = online;
    state.textContent = online ? "" : "实时连接断了，正在重连；页面仍会每 3 秒刷新。";
  }

  setInterval(() => {
    const now = Date.now();
    if (heardAt && now - heardAt > SILENT_FOR) socket.close();
    if (now - lookedAt < (heardAt ? LOOKS_EVERY : LOOKS_ALONE_EVERY)) return;
    lookedAt = now;
    hear("look");
  }, 1000);
  connect();
}

// One run at a time; what is asked for meanwhile makes one more run.
export function oneAtATime(work) {
  let [running, again] = [false, false];
  return async function run() {
    if (running) return void (again = true);
    running = true;
    do {
      again = false;
      await work();
    } while (again);
    running = false;
  };
}
