// The queue keeps itself up to date; the number of those who wait stands in the window's title.

import { fetched, follow, oneAtATime } from "./live.js";

const board = document.getElementById("board");
const title = document.title;

const refresh = oneAtATime(async () => {
  const fresh = await fetched(board.dataset.live);
  if (!fresh) return;
  const held = document.activeElement?.closest("form")?.getAttribute("action");
  board.replaceChildren(...fresh.children);
  if (held) board.querySelector(`form[action="${CSS.escape(held)}"] button`)?.focus();
  count();
});

function count() {
  const waiting = document.getElementById("waiting").dataset.count;
  document.title = waiting === "0" ? title : `(${waiting}) ${title}`;
}

count();
follow("", refresh);
