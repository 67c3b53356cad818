// Keeps typed texts. Values of a form that the server has not stored yet are kept in this browser, by person and page, and offered
// again. Texts that may be drafts are saved while they are typed. Without this script, the buttons of the page save.
"use strict";
const PREFIX = "typed ";
const QUIET_MS = 1500, AGAIN_MS = 5000, AGAIN_MOST_MS = 60000;
const HOURS = { hour: "numeric", minute: "2-digit", timeZoneName: "short" };
const language = document.documentElement.lang;
const plain = (text) => text.replace(/\r\n?/g, "\n").trim();

// The typed values of a form, without hidden fields and files.
function typedIn(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name || ["hidden", "file", "submit", "button"].includes(field.type)) continue;
    if (["checkbox", "radio"].includes(field.type) && !field.checked) continue;
    (found[field.name] ??= []).push(plain(field.value));
  }
  return found;
}
function putInto(form, typed) {
  for (const field of form.elements) {
    if (!field.name || ["hidden", "file", "submit", "button"].includes(field.type)) continue;
    const values = typed[field.name] ?? [];
    if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(plain(field.value));
    else if (field.name in typed) field.value = values[0] ?? "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
function nested(typed) {
  const whole = {};
  for (const [name, [value]] of Object.entries(typed)) {
    const steps = name.split("."), last = steps.pop();
    if (value) steps.reduce((into, step) => (into[step] ??= {}), whole)[last] = value;
  }
  return whole;
}
const named = (typed) => JSON.stringify(Object.entries(typed).filter(([, values]) => values.some(Boolean)).sort());
const same = (one, other) => named(one) === named(other);

// Entries of one form, the newest first: {by, at, typed, sent}; each open page writes its own. A browser may refuse to keep
// anything.
const ME = `${Date.now()} ${Math.random()}`, MOST = 5;
function keptUnder(key) {
  try { return JSON.parse(localStorage.getItem(PREFIX + key)) ?? []; } catch { return []; }
}
function keepUnder(key, entries) {
  try {
    if (entries.length) localStorage.setItem(PREFIX + key, JSON.stringify(entries.slice(0, MOST)));
    else localStorage.removeItem(PREFIX + key);
    return true;
  } catch { return false; }
}

function put(node, words, when, clock) {
  const [before, after = ""] = words.split("{time}"), time = document.createElement("time");
  time.dateTime = when.toISOString();
  time.textContent = clock.format(when);
  node.replaceChildren(before, time, after);
}

function watch(form) {
  const key = form.dataset.keep, offer = form.querySelector("[data-kept]"), unsaved = "unsaved" in form.dataset;
  const clock = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric", ...HOURS });
  let atServer = unsaved ? null : typedIn(form), keeps = true, offered = null;

  function keep(sent) {
    const typed = typedIn(form), others = keptUnder(key).filter((entry) => entry.by !== ME);
    const mine = atServer && same(typed, atServer) ? [] : [{ by: ME, at: Date.now(), typed, sent }];
    keeps = keepUnder(key, [...mine, ...others]);
  }
  // The server has stored the typed values.
  function taken(typed) {
    atServer = typed;
    keep(false);
  }
  function settle(entry) {
    keepUnder(key, keptUnder(key).filter((other) => other.by !== entry.by || other.at !== entry.at));
    propose();
  }
  function propose() {
    const others = keptUnder(key).filter((entry) => entry.by === ME || !same(entry.typed, typedIn(form)));
    keepUnder(key, others);
    offered = others.find((entry) => entry.by !== ME);
    if (!offer) return;
    offer.hidden = !offered;
    if (!offered) return;
    const words = offer.querySelector("[data-kept-words]"), text = offer.querySelector("[data-kept-text]"), long = longOf(offered);
    put(words, words.dataset.keptWords, new Date(offered.at), clock);
    text.textContent = long ? offered.typed[long][0] : "";
    text.closest("details").hidden = !long;
  }
  const longOf = (entry) => Object.keys(entry.typed).find((name) => form.elements[name]?.tagName === "TEXTAREA");

  offer?.querySelector("[data-put-back]").addEventListener("click", () => {
    const entry = offered;
    putInto(form, entry.typed);
    settle(entry);
    (form.elements[longOf(entry)] ?? form.querySelector("input:not([type=hidden])"))?.focus();
  });
  offer?.querySelector("[data-throw-away]").addEventListener("click", () => settle(offered));
  propose();
  if (unsaved) keep(false);
  form.addEventListener("input", () => keep(false));
  form.addEventListener("submit", () => { form.dataset.sending = "yes"; keep(true); });
  addEventListener("pageshow", () => delete form.dataset.sending);
  addEventListener("beforeunload", (event) => {
    if (!keeps && !form.dataset.sending && !(atServer && same(typedIn(form), atServer))) event.preventDefault();
  });
  if (form.dataset.autosave) autosave(form, taken);
}

function autosave(form, taken) {
  const address = form.dataset.autosave, seen = form.elements.based_on, line = form.querySelector("[data-save-state]");
  const said = line.querySelector("[role=status]"), both = line.querySelector("[data-see-both]"), signIn = line.querySelector("[data-sign-in]");
  const area = form.elements.annotation ?? form.elements.text;
  // What the API takes: a text with the ticked items; of other forms all values, with a name such as `a.b` inside of `a`.
  const bodyOf = (typed) => area
    ? { text: area.value, items: [...form.querySelectorAll("[name=items]:checked")].map((field) => field.value) }
    : nested(typed);
  let waiting = 0, again = AGAIN_MS, stopped = false, saving = null, saved = named(typedIn(form));
  const clock = new Intl.DateTimeFormat(language, { timeZone: line.dataset.zone, ...HOURS });

  function say(state, parts) {
    let words = line.dataset[state];
    for (const [name, part] of Object.entries(parts ?? {})) words = words.replace(`{${name}}`, part);
    line.dataset.state = state;
    signIn.hidden = state !== "signedOut";
    both.hidden = state !== "changed";
    if (parts?.when) put(said, words, parts.when, clock);
    else if (said.textContent !== words) said.textContent = words;
  }
  function later(ms) { clearTimeout(waiting); waiting = setTimeout(save, ms); }
  function retry(state) {
    say(state);
    later(again);
    again = Math.min(2 * again, AGAIN_MOST_MS);
  }
  async function attempt() {
    const typed = typedIn(form), now = named(typed), body = JSON.stringify(bodyOf(typed));
    try {
      const answer = await fetch(address, {
        method: "PUT",
        headers: { "Content-Type": "application/json", Accept: "application/json", ...(seen.value ? { "If-Match": `"${seen.value}"` } : { "If-None-Match": "*" }) },
        body,
        keepalive: body.length < 20000,
        signal: AbortSignal.timeout(30000),
      });
      if (answer.ok) {
        seen.value = answer.headers.get("ETag").replaceAll('"', "");
        for (const one of document.querySelectorAll("form[action$='/draft/removal'] [name=based_on]")) one.value = seen.value;
        saved = now;
        again = AGAIN_MS;
        taken(typed);
        say("saved", { when: new Date((await answer.json()).saved_at) });
      } else if (answer.status === 412) {
        stopped = true;
        say("changed");
      } else if (answer.status === 401) retry("signedOut");
      else if (answer.status === 429 || answer.status >= 500) retry("failed");
      else say("refused", { why: (await answer.json().catch(() => ({}))).detail ?? "" });
    } catch { retry("offline"); }
  }
  async function save() {
    clearTimeout(waiting);
    if (saving || stopped || named(typedIn(form)) === saved) return;
    saving = attempt();
    await saving;
    saving = null;
    if (!stopped && line.dataset.state === "saved" && named(typedIn(form)) !== saved) later(QUIET_MS);
  }
  form.addEventListener("input", () => { if (!stopped) later(QUIET_MS); });
  addEventListener("online", save);
  document.addEventListener("visibilitychange", save);
  // A save that is under way arrives before the form does, so the form knows of it.
  form.addEventListener("submit", async (event) => {
    clearTimeout(waiting);
    stopped = true;
    if (!saving) return;
    event.preventDefault();
    await Promise.race([saving, new Promise((done) => setTimeout(done, 3000))]);
    saving = null;
    delete event.submitter?.dataset.pressed;
    form.requestSubmit(event.submitter);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) stopped = false; });
}

for (const form of document.querySelectorAll("form[data-keep]")) watch(form);
