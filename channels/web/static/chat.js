// The chat page: what is typed goes to the connection, what comes back is drawn.

import { Connection } from "./connection.js";
import { draw, dropOptions } from "./view.js";

const byId = (id) => document.getElementById(id);
const [form, text, log, state, typing, notice] = ["say", "text", "log", "state", "typing", "notice"].map(byId);
const STATES = { connecting: "正在连接…", online: "在线，24 小时为您服务", offline: "连接断了，正在重连…" };
const TYPING_LASTS = 10000;
const LARGE = "xiaoshui.large";

const sent = new Map(); // our id → what was drawn before the server has numbered it
const drawn = new Set(); // numbers of our own messages already drawn

const connection = new Connection({
  onEvent(event) {
    if (event.t === "typing") return showTyping();
    if (event.t === "user" && (drawn.has(event.seq) || isEcho(event))) return;
    if (event.t !== "user") typing.hidden = true;
    draw(event, say);
  },
  onState(name) {
    state.textContent = STATES[name];
    if (name === "online") setTimeout(() => log.setAttribute("aria-busy", "false"), 400);
  },
  onAck(id, seq) {
    drawn.add(seq);
    sent.get(id)?.item.classList.remove("waiting");
    sent.delete(id);
  },
  onRefused(id, message) {
    sent.get(id)?.item.classList.add("refused");
    tell(message);
  },
});

// Our own message may come back as an event before it is acknowledged.
function isEcho(event) {
  const pending = [...sent.values()].find(({ words, seq }) => words === event.text && !seq);
  if (pending) pending.seq = event.seq;
  return Boolean(pending);
}

function say(words, photos = []) {
  dropOptions();
  const id = connection.send(words, photos);
  const item = draw({ t: "user", text: words, photos }, say);
  item.classList.add("waiting");
  sent.set(id, { item, words });
  text.focus();
}

function showTyping() {
  typing.hidden = false;
  clearTimeout(showTyping.timer);
  showTyping.timer = setTimeout(() => (typing.hidden = true), TYPING_LASTS);
}

function tell(message) {
  notice.className = "notice";
  notice.textContent = message;
  setTimeout(() => (notice.className = "hidden"), 6000);
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 140)}px`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words) return;
  text.value = "";
  fit();
  say(words);
});

text.addEventListener("keydown", (event) => {
  // An input method's Enter picks a word; keyCode 229 is what older WebKit reports for it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});
text.addEventListener("input", fit);

log.querySelectorAll("[data-say]").forEach((button) =>
  button.addEventListener("click", () => say(button.dataset.say)),
);

byId("person").addEventListener("click", () => say("转人工"));

byId("photo").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    say("", [await connection.upload(file)]);
  } catch (problem) {
    tell(problem.message);
  }
});

function setLarge(large) {
  document.documentElement.classList.toggle("large", large);
  byId("larger").setAttribute("aria-pressed", large);
  localStorage.setItem(LARGE, large ? "1" : "");
}
byId("larger").addEventListener("click", () => setLarge(!document.documentElement.classList.contains("large")));
setLarge(Boolean(localStorage.getItem(LARGE)));

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && parent !== window) parent.postMessage("xiaoshui:close", "*");
});

connection.start();
