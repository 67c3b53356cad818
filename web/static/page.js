// What a page gains by a script: the zone of this browser, focus on what is wrong, one press of a button at a time. Without it all works.
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
  if (!button || !navigator.clipboard) return; // without it the link leads to the field
  event.preventDefault();
  navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value).then(() => {
    button.querySelector("[role=status]").textContent = button.dataset.copied;
  }, () => document.getElementById(button.dataset.copy).select());
});
