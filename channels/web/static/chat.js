// The chat page: what is typed goes to the connection, what comes back is drawn.

import { Connection } from "./connection.js";
import { lasting } from "./kept.js";
import { prepared, uploaded } from "./photos.js";
import { draw, keepInSight, refuse } from "./view.js";
import { Visitor } from "./visitor.js";

const byId = (id) => document.getElementById(id);
const [form, text, heard, state, typing, notice] = ["say", "text", "heard", "state", "typing", "notice"].map(byId);
const words = JSON.parse(byId("words").textContent);
const [LONGEST_TEXT, TYPING_LASTS, NOTICE_LASTS, TALLEST_INPUT] = [500, 10000, 8000, 140];
const QUIET_AFTER_HISTORY = 500;
const LONG_AWAY = 4; // failed attempts, after which the hotline is named
const LARGE = "xiaoshui.large";
const touch = matchMedia("(pointer: coarse)").matches;
const framed = parent !== window;

const visitor = new Visitor();
const connection = new Connection(visitor, {
  onEvent(event) {
    if (event.t === "typing") return showTyping(words.typing);
    if (event.t !== "user") showTyping("");
    if (event.t !== "user" && document.hidden) document.title = words.unread + words.title;
    draw(event, words, say);
  },
  onState(name, failures) {
    state.className = name;
    state.textContent = failures >= LONG_AWAY ? words.away : words[name];
    // What was missed is not read out: a reader looks a moment later.
    setTimeout(() => heard.setAttribute("aria-busy", state.className !== "online"), QUIET_AFTER_HISTORY);
  },
  onRefused(id, message) {
    refuse(id);
    tell(message);
  },
});

function say(said) {
  const id = newId();
  draw({ t: "user", id, text: said }, words, say);
  connection.send(id, said);
  if (!touch) text.focus(); // on a phone it would call the keyboard up
}

async function sendPhoto(file) {
  const id = newId();
  draw({ t: "user", id, photos: [URL.createObjectURL(file)] }, words, say);
  try {
    const photo = await uploaded(await prepared(file, words), await visitor.token(), words);
    connection.send(id, "", [photo]);
  } catch (problem) {
    refuse(id);
    tell(problem.message);
  }
}

// crypto.randomUUID is there on https only.
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function showTyping(sentence) {
  typing.textContent = sentence;
  clearTimeout(showTyping.timer);
  if (sentence) showTyping.timer = setTimeout(() => showTyping(""), TYPING_LASTS);
}

function tell(message) {
  notice.textContent = message;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => (notice.textContent = ""), NOTICE_LASTS);
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, TALLEST_INPUT)}px`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = text.value.trim();
  const length = [...said].length;
  if (length > LONGEST_TEXT) return tell(words.tooLong.replace("{length}", length));
  text.value = "";
  fit();
  text.focus();
  if (said) say(said);
});

text.addEventListener("keydown", (event) => {
  // An input method's Enter picks a word; keyCode 229 is what older WebKit reports for it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});
text.addEventListener("input", fit);

heard.querySelectorAll("[data-say]").forEach((button) =>
  button.addEventListener("click", () => say(button.dataset.say)),
);
byId("person").addEventListener("click", () => say(words.person));

byId("photo").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) sendPhoto(file);
  event.target.value = "";
});

function setLarge(large) {
  document.documentElement.classList.toggle("large", large);
  byId("larger").setAttribute("aria-pressed", large);
  lasting.setItem(LARGE, large ? "1" : "");
  fit();
  keepInSight();
}
byId("larger").addEventListener("click", () => setLarge(!document.documentElement.classList.contains("large")));
setLarge(Boolean(lasting.getItem(LARGE)));

document.addEventListener("visibilitychange", () => document.hidden || (document.title = words.title));

// In a frame the page around it closes it; it learns nothing but that.
function close() {
  parent.postMessage("xiaoshui:close", "*");
}
if (framed) {
  byId("close").hidden = false;
  byId("close").addEventListener("click", close);
  addEventListener("keydown", (event) => event.key === "Escape" && close());
  addEventListener("focus", () => document.activeElement === document.body && !touch && text.focus());
}

for (const { id, text: said, photos } of connection.queue) {
  draw({ t: "user", id, text: said, photos: photos.map((photo) => `/web/photos/${photo}`) }, words, say);
}
connection.start();
