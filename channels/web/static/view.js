// Draws events as list items. Text goes into text nodes only; links only to http(s) addresses.

const log = document.getElementById("log");
const AUTHORS = { user: "您", bot: "小水", agent: "坐席", system: "通知" };

export function draw(event, onOption) {
  dropOptions();
  const item = element("li", event.t);
  item.append(element("span", "hidden", `${AUTHORS[event.t] ?? ""}：`), bubble(event));
  if (event.options?.length) item.append(choices(event.options, onOption));
  log.append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

export function dropOptions() {
  log.querySelectorAll(".choices").forEach((choice) => choice.remove());
}

function bubble(event) {
  const box = element("div", "bubble");
  if (event.text) box.append(element("p", "", event.text));
  if (event.image) box.append(picture(event.image));
  if (event.link && address(event.link.url)) {
    const link = element("a", "go", event.link.title);
    link.href = address(event.link.url);
    link.target = "_blank";
    link.rel = "noopener";
    box.append(link);
  }
  if (event.photos?.length) box.append(element("p", "", "［照片］"));
  return box;
}

function picture(image) {
  const picture = element("img");
  picture.src = address(image.url) ?? "";
  picture.alt = image.description;
  picture.addEventListener("load", () => log.lastElementChild.scrollIntoView({ block: "end" }));
  return picture;
}

function choices(titles, onOption) {
  const group = element("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "可以选");
  for (const title of titles) {
    const button = element("button", "", title);
    button.type = "button";
    button.addEventListener("click", () => onOption(title));
    group.append(button);
  }
  return group;
}

function address(url) {
  const whole = URL.parse?.(url, location.href) ?? new URL(url, location.href);
  return ["http:", "https:"].includes(whole?.protocol) ? whole.href : undefined;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
