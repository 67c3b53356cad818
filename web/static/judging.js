// Shortcuts for a reviewer. They work while the focus is on an item of the rubric, and never while a note is written. Without this
// script everything is there, with Tab and the arrow keys.
"use strict";
const items = [...document.querySelectorAll("[data-item]")];
const writing = (node) => node.matches("textarea, input:not([type=radio])");
function go(item) {
  if (!item) return;
  (item.querySelector("input:checked") ?? item.querySelector("input")).focus();
  item.scrollIntoView({ block: "nearest" });
}
for (const [place, item] of items.entries()) {
  item.addEventListener("keydown", (event) => {
    if (writing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase(), level = item.querySelectorAll("input[type=radio]")[Number(key) - 1];
    if (level) { level.focus(); level.click(); }
    else if (key === "n") go(items[place + 1]);
    else if (key === "p") go(items[place - 1]);
    else if (key === "e") document.getElementById("evidence").focus();
    else return;
    event.preventDefault();
  });
}
