// What scripts add to a page: this browser's time zone, focus on the faults, one press of a button at a time. Every page works without it.
"use strict";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes("microcred_zone=")) {
  document.cookie = "microcred_zone=" + encodeURIComponent(zone) + "; path=/; max-age=31536000; samesite=lax";
}
document.querySelector("[data-focus]")?.focus();
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button:not([name])")) {
    if (button.dataset.pressed) event.preventDefault();
    button.dataset.pressed = "yes";
    setTimeout(() => delete button.dataset.pressed, 4000);
  }
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return; // the link then leads to the field
  event.preventDefault();
  navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value).then(() => {
    button.querySelector("[role=status]").textContent = button.dataset.copied;
  }, () => document.getElementById(button.dataset.copy).select());
});

// Words are counted as on the server: by Unicode's word boundaries, each word with a letter or a number. In scripts
// without spaces the browser would use a dictionary, which the server does not have, so each letter counts.
const ALONE = /(?=\p{L})[\p{sc=Han}\p{sc=Hira}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/gu;
function words(text) {
  let found = 0;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "word" }).segment(text)) {
    found += segment.match(ALONE)?.length || Number(/[\p{L}\p{N}]/u.test(segment));
  }
  return found;
}
const number = new Intl.NumberFormat(document.documentElement.lang);
for (const counter of window.Intl.Segmenter ? document.querySelectorAll(".word-counter[data-words]") : []) {
  const field = document.getElementById(counter.htmlFor.value);
  let waiting = 0;
  const count = () => {
    const found = words(field.value), { least, most } = counter.dataset;
    const over = most ? found - most : 0, under = least && found ? least - found : 0;
    counter.dataset.state = over > 0 ? "over" : "";
    const said = over > 0 ? counter.dataset.over : under > 0 ? counter.dataset.under : counter.dataset.words;
    counter.value = said.replace("{count}", number.format(found)).replace("{by}", number.format(Math.max(over, under)));
  };
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(count, 250); });
  count();
}
// The page says that a file is too large before it is sent.
document.addEventListener("change", (event) => {
  const { mostBytes, tooLarge } = event.target.dataset;
  if (!mostBytes) return;
  event.target.setCustomValidity([...event.target.files].some((file) => file.size > mostBytes) ? tooLarge : "");
  event.target.reportValidity();
});

// The page says that something was done: what was sent just before need not be kept in this browser (drafts.js) any longer.
if (document.querySelector("[data-told]")) {
  try {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith("typed "))) {
      const left = JSON.parse(localStorage.getItem(name)).filter((entry) => !entry.sent || Date.now() - entry.at > 60000);
      if (left.length) localStorage.setItem(name, JSON.stringify(left));
      else localStorage.removeItem(name);
    }
  } catch { /* a browser that keeps nothing */ }
}
