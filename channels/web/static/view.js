// Draws events as list items. Text goes into text nodes only; links only to http(s) addresses.

const log = document.getElementById("log");
const QUIET_MINUTES = 10; // after so long a pause the time is shown
const ONE_ANSWER = 3000; // what comes within so many ms belongs to the question before
const CITY = { timeZone: "Asia/Shanghai" };
const CLOCK = new Intl.DateTimeFormat("zh-CN", { ...CITY, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("zh-CN", { ...CITY, month: "long", day: "numeric" });

const waiting = new Map(); // our own messages that the server has not numbered yet, by id
let told; // when the newest drawn event happened
let anchor = log.firstElementChild; // what must stay in sight while its answers come
let drawnAt = 0;

// An event without a number is our own, still on its way: it stays last until it comes back.
export function draw(event, words, onOption) {
  if (event.t === "user" || event.options?.length) dropOptions();
  const item = waiting.get(event.id) ?? element("li", event.t);
  if (!item.firstChild) fill(item, event, words, onOption);
  if (event.t === "user" || Date.now() - drawnAt > ONE_ANSWER) anchor = item;
  drawnAt = Date.now();
  if (event.seq === undefined) {
    waiting.set(event.id, item);
    item.classList.add("waiting");
    log.append(item);
  } else {
    waiting.delete(event.id);
    item.classList.remove("waiting");
    place(item, new Date(event.at), words);
  }
  keepInSight();
}

export function refuse(id) {
  const item = waiting.get(id);
  item?.classList.replace("waiting", "refused");
  waiting.delete(id);
}

export function dropOptions() {
  log.querySelectorAll(".choices").forEach((choice) => choice.remove());
}

function place(item, at, words) {
  const next = log.querySelector(".waiting");
  if (!told || at - told > QUIET_MINUTES * 60000 || DAY.format(at) !== DAY.format(told)) {
    const time = element("li", "time");
    time.append(Object.assign(element("time", "", moment(at, words)), { dateTime: at.toISOString() }));
    log.insertBefore(time, item.parentNode && item.nextElementSibling === next ? item : next);
  }
  told = at;
  // Moved only when it must be: a moved item is read out again.
  if (!item.parentNode || item.nextElementSibling !== next) log.insertBefore(item, next);
}

function moment(at, words) {
  const day = DAY.format(at);
  const clock = CLOCK.format(at);
  return day === DAY.format(new Date()) ? `${words.today} ${clock}` : `${day} ${clock}`;
}

// The newest stands at the bottom, unless that would push the question out at the top.
export function keepInSight() {
  const main = log.closest("main");
  const question = anchor.getBoundingClientRect().top - main.getBoundingClientRect().top + main.scrollTop;
  main.scrollTop = Math.min(main.scrollHeight, question - 12);
}

function fill(item, event, words, onOption) {
  item.append(author(event, words), bubble(event, words));
  if (event.options?.length) item.append(choices(event.options, words, onOption));
}

// Who speaks is heard always, and seen when it is a person by name.
function author(event, words) {
  if (event.name) return element("span", "who", words.agentNamed.replace("{name}", event.name));
  return element("span", "hidden", `${words.authors[event.t] ?? ""}：`);
}

function bubble(event, words) {
  const box = element("div", "bubble");
  if (event.text) box.append(...lines(event.text));
  // The link first: on a phone nobody scans the code on its own screen.
  if (event.link && address(event.link.url)) {
    const link = linked(address(event.link.url));
    link.className = "go";
    link.textContent = event.link.title;
    box.append(link);
  }
  if (event.image && address(event.image.url)) box.append(picture(address(event.image.url), event.image.description));
  for (const photo of event.photos ?? []) {
    const whole = linked(photo);
    whole.append(picture(photo, words.yourPhoto));
    box.append(whole);
  }
  return box;
}

// The first of several lines says the most.
function lines(text) {
  const [first, ...rest] = text.split("\n");
  if (!rest.length) return [element("p", "", text)];
  return [element("p", "first", first), element("p", "", rest.join("\n"))];
}

function linked(address) {
  return Object.assign(element("a"), { href: address, target: "_blank", rel: "noopener" });
}

function picture(source, description) {
  const picture = Object.assign(element("img"), { src: source, alt: description });
  picture.addEventListener("load", keepInSight);
  return picture;
}

function choices(titles, words, onOption) {
  const group = element("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", words.choices);
  for (const title of titles) {
    const button = element("button", "", title);
    button.type = "button";
    button.addEventListener("click", () => onOption(title));
    group.append(button);
  }
  return group;
}

function address(url) {
  try {
    const whole = new URL(url, location.href);
    return ["http:", "https:"].includes(whole.protocol) ? whole.href : undefined;
  } catch {
    return undefined;
  }
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
