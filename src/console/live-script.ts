/**
 * The console's only script, as the browser receives it; every page works without it. It fetches the page again when the server tells
 * of a change (or every few seconds, on pages without that) and carries over only what changed, so that focus, selection and open
 * parts stay. A page that nobody looks at (another tab, a locked screen) fetches nothing and listens to nothing.
 */

export const LIVE_SCRIPT = `"use strict";
const FAST = 2000, SLOW = 15000;
const main = document.querySelector("main");
const toggle = document.getElementById("live-toggle");
const isLive = "live" in document.body.dataset;
let store = {};
try { store = localStorage; } catch { /* If the browser refuses it, the setting lasts for this page. */ }
let on = isLive && store.live !== "off";
let pause = FAST, timer = 0, asking = null, again = false, changes = null;

const keyOf = (node) => node.nodeType === 1 ? node.dataset.key || node.id || "" : "";
const OWN = new Set(["hidden", "open"]);

function carryOver(have, want) {
  if (have.isEqualNode(want) || (have.nodeType === 1 && "keep" in have.dataset)) return;
  if (have.nodeType !== 1 || have.nodeName !== want.nodeName) {
    have.replaceWith(document.importNode(want, true));
    return;
  }
  for (const { name } of [...have.attributes])
    if (!want.hasAttribute(name) && !OWN.has(name)) have.removeAttribute(name);
  for (const { name, value } of want.attributes)
    if (have.getAttribute(name) !== value && !OWN.has(name)) have.setAttribute(name, value);
  const keyed = new Map([...have.childNodes].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = have.firstChild;
  for (const child of [...want.childNodes]) {
    const key = keyOf(child);
    const known = key ? keyed.get(key) : at && !keyOf(at) ? at : null;
    if (!known) { have.insertBefore(document.importNode(child, true), at); continue; }
    if (known === at) at = at.nextSibling; else have.insertBefore(known, at);
    carryOver(known, child);
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}

function textOf(element) {
  const copy = element.cloneNode(true);
  for (const time of copy.querySelectorAll("time")) time.remove();
  return copy.textContent;
}

function listen() {
  if (!on || document.hidden || changes || !document.body.dataset.changes) return;
  changes = new EventSource(document.body.dataset.changes);
  changes.addEventListener("changed", () => refresh());
  changes.onerror = () => { if (changes.readyState === EventSource.CLOSED) stopListening(); };
}

function stopListening() {
  changes?.close();
  changes = null;
}

const isListening = () => changes !== null && changes.readyState === EventSource.OPEN;

async function refresh() {
  clearTimeout(timer);
  again = asking !== null;
  if (!on || document.hidden || asking) return;
  asking = new AbortController();
  try {
    const answer = await fetch(location.href, { signal: asking.signal, headers: { "x-console-live": "1" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (fresh && on && !document.hidden) {
      pause = textOf(fresh) === textOf(main) ? Math.min(pause * 1.5, SLOW) : FAST;
      carryOver(main, fresh);
      enhance();
    }
    document.body.classList.remove("is-stale");
  } catch (error) {
    if (error.name !== "AbortError") document.body.classList.add("is-stale");
    pause = Math.min(pause * 2, SLOW);
  } finally {
    asking = null;
    // Relative times ("3 min ago") change even if nothing else does.
    if (on && !document.hidden) timer = setTimeout(refresh, again ? 0 : isListening() ? SLOW : pause);
  }
}

function showToggle() {
  toggle.hidden = false;
  toggle.setAttribute("aria-pressed", String(on));
}

function boxes() { return [...document.querySelectorAll('input[name="task"][type="checkbox"]')]; }

function countSelected() {
  const count = document.getElementById("selected-count"), all = document.getElementById("select-all");
  if (!count) return;
  const every = boxes(), chosen = every.filter((box) => box.checked).length;
  const text = chosen + " selected";
  if (count.textContent !== text) count.textContent = text;
  if (all) { all.checked = chosen > 0 && chosen === every.length; all.indeterminate = chosen > 0 && chosen < every.length; }
}

function enhance() {
  for (const hidden of document.querySelectorAll("#select-all, [data-copy]")) hidden.hidden = false;
  countSelected();
}

let renewals = 0;
async function renew(form) {
  const turn = ++renewals, body = new URLSearchParams(new FormData(form));
  body.set("settings", "1");
  const text = await (await fetch(form.action, { method: "POST", body })).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(form.id);
  if (fresh && turn === renewals) carryOver(form, fresh);
}

document.addEventListener("change", ({ target }) => {
  if ("renews" in target.dataset) renew(target.form);
  if (target.id === "select-all") for (const box of boxes()) box.checked = target.checked;
  countSelected();
});

let lastBox = null;
document.addEventListener("click", async (event) => {
  pause = FAST;
  const { target } = event;
  if (target.matches('input[name="task"]')) {
    const every = boxes(), from = every.indexOf(lastBox), to = every.indexOf(target);
    if (event.shiftKey && from >= 0)
      for (const box of every.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = target.checked;
    lastBox = target;
    countSelected();
  }
  const copy = target.closest("[data-copy]");
  if (copy) {
    const field = document.getElementById(copy.dataset.copy);
    try { await navigator.clipboard.writeText(field.value); } catch { field.select(); document.execCommand("copy"); }
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  }
});

document.addEventListener("keydown", (event) => {
  // On a task's checkbox, browsers would press the form's first button.
  if (event.key === "Enter" && event.target.closest(".tick")) return event.preventDefault();
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  const search = document.querySelector('input[type="search"]');
  if (search) { event.preventDefault(); search.focus(); }
});

if (isLive) {
  showToggle();
  toggle.addEventListener("click", () => {
    on = !on;
    store.live = on ? "on" : "off";
    showToggle();
    pause = FAST;
    if (on) { listen(); refresh(); } else { stopListening(); asking?.abort(); }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { clearTimeout(timer); stopListening(); asking?.abort(); } else { pause = FAST; listen(); refresh(); }
  });
  addEventListener("pagehide", () => { clearTimeout(timer); stopListening(); asking?.abort(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { listen(); refresh(); } });
  listen();
  if (on) timer = setTimeout(refresh, FAST);
}
enhance();
`;
