// Ctrl+K: everything that can be pressed on the page, by name; other words are searched for.

const dialog = document.getElementById("commands");
const input = document.getElementById("command");
const list = document.getElementById("command-list");
const PRESSED = "nav a, #board a.open, #head button, #head summary, #talk summary, #talk [data-text], aside .action summary, main a[data-command]";
const MOST = 12;
let [shown, chosen] = [[], 0];

const named = (one) => one.textContent.replace(/\s+/g, " ").trim();

function press(one) {
  one.closest("details.canned")?.setAttribute("open", "");
  one.click();
  if (one.tagName === "SUMMARY") one.parentElement.querySelector("textarea, input:not([type=hidden]), select, button")?.focus();
}

function search(words) {
  location.assign(`/desk/search?q=${encodeURIComponent(words)}`);
}

function refresh() {
  const words = input.value.trim().toLowerCase();
  const all = [...document.querySelectorAll(PRESSED)].filter((one) => !one.closest("[hidden]") && named(one));
  shown = all.filter((one) => named(one).toLowerCase().includes(words)).slice(0, MOST).map((one) => ({ title: named(one), run: () => press(one) }));
  if (words) shown.push({ title: `查找“${input.value.trim()}”`, run: () => search(input.value.trim()) });
  chosen = 0;
  draw();
}

function draw() {
  list.replaceChildren(
    ...shown.map(({ title }, n) => {
      const item = document.createElement("li");
      Object.assign(item, { id: `command-${n}`, textContent: title, role: "option", ariaSelected: String(n === chosen) });
      item.addEventListener("click", () => run(n));
      return item;
    }),
  );
  input.setAttribute("aria-activedescendant", shown.length ? `command-${chosen}` : "");
}

function run(n) {
  dialog.close();
  shown[n]?.run();
}

function open() {
  input.value = "";
  refresh();
  dialog.showModal();
  input.focus();
}

document.getElementById("open-commands").addEventListener("click", open);
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  if (!dialog.open) open();
});
input.addEventListener("input", refresh);
input.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && shown.length) (event.preventDefault(), (chosen = (chosen + step + shown.length) % shown.length), draw());
  if (event.key === "Enter") (event.preventDefault(), run(chosen));
});
