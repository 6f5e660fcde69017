// One conversation: new lines appear, the reply is sent in the background, a draft survives.

import { fetched, follow, oneAtATime, posted } from "./live.js";

const byId = (id) => document.getElementById(id);
const [talk, history, lines, form, text, count, panel] = ["talk", "history", "lines", "reply", "text", "count", "panel"].map(byId);
const { id, address } = talk.dataset;
const draft = `desk.draft.${id}`;
const NEAR = 120; // pixels from the end, within which new lines are scrolled to

const MEASURES = {
  characters: (said) => [...said].length,
  utf8_bytes: (said) => new TextEncoder().encode(said).length,
  utf16_units: (said) => said.length,
};

const refreshLines = oneAtATime(async () => {
  const newest = lines.lastElementChild?.dataset.seq ?? 0;
  const fresh = await fetched(`${address}/lines?after=${newest}`);
  if (!fresh) return;
  const atEnd = history.scrollHeight - history.scrollTop - history.clientHeight < NEAR;
  let added = false;
  for (const item of [...fresh.querySelectorAll("li")]) {
    const known = byId(item.id);
    if (!known) lines.append(item), (added = true);
    else if (known.className !== item.className) known.replaceWith(item);
  }
  if (added && atEnd) toEnd();
});

const refreshHead = oneAtATime(async () => {
  const fresh = (await fetched(`${address}/head`))?.querySelector("#head");
  if (!fresh || fresh.textContent === byId("head").textContent) return;
  const changed = fresh.dataset.mine !== byId("head").dataset.mine;
  byId("head").replaceWith(fresh);
  form.hidden = fresh.dataset.mine !== "1";
  if (changed) refreshPanel();
});

// Not while somebody fills in one of its forms.
const refreshPanel = oneAtATime(async () => {
  if (panel.querySelector(".action[open]")) return;
  const fresh = await fetched(panel.dataset.live);
  if (fresh) panel.replaceChildren(...fresh.childNodes);
});

function toEnd() {
  history.scrollTop = history.scrollHeight;
}

function measure() {
  const length = MEASURES[text.dataset.unit](text.value.trim());
  const limit = Number(text.dataset.limit);
  count.textContent = length > limit / 2 ? `${length}/${limit}` : "";
  count.classList.toggle("bad", length > limit);
}

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!text.value.trim() || !(await posted(form))) return;
  text.value = "";
  form.elements.key.value = freshKey(); // the same words again are another message
  sessionStorage.removeItem(draft);
  measure();
  text.focus();
  refreshLines();
});

text.addEventListener("keydown", (event) => {
  // An input method's Enter picks a word; keyCode 229 is what older WebKit reports for it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

text.addEventListener("input", () => {
  sessionStorage.setItem(draft, text.value);
  measure();
});

// The blanks of a canned reply are filled from what billing says now; what is not known stays
// a blank, and the server sends no text with one.
function filled(canned) {
  const facts = byId("facts")?.dataset ?? {};
  return canned.replace(/\{([a-z_]+)\}/g, (blank, name) => facts[name] || blank);
}

form.querySelectorAll("[data-text]").forEach((button) =>
  button.addEventListener("click", () => {
    const canned = filled(button.dataset.text);
    text.value = text.value ? `${text.value}\n${canned}` : canned;
    button.closest("details").open = false;
    text.dispatchEvent(new Event("input"));
    text.focus();
  }),
);

byId("note-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const noting = event.target;
  if (!(await posted(noting))) return;
  noting.elements.note.value = "";
  noting.elements.key.value = freshKey();
  refreshLines();
});

panel.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-act]");
  if (!form) return;
  event.preventDefault();
  if (!(await posted(form))) return;
  form.closest("details").open = false;
  refreshLines();
  refreshPanel();
});

text.value ||= sessionStorage.getItem(draft) ?? ""; // what was typed before this ran stays
measure();
if (matchMedia("(max-width: 60rem)").matches) byId("customer").open = false;
toEnd();
refreshPanel();
follow(`?conversation=${id}`, () => {
  refreshLines();
  refreshHead();
});
