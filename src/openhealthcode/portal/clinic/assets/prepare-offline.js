// While there is a network, gets this desk ready for when there is none: the page, what it loads, the
// trust list. Says how many scans wait to be handed in.
import { readBundle } from "../layout/trust-list.js";
import { count, forgetHandles, keep, kept } from "./offline-store.js";

const KEPT = "clinic-offline";
const SHELL = "/clinic/offline";
const EVERY_MS = 10 * 60 * 1000;
const notice = document.querySelector("[data-waiting]");

async function keepPage() {
  const answer = await fetch(SHELL, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.clone().text(), "text/html");
  const wanted = new Set();
  for (const element of page.querySelectorAll("*"))
    for (const { value } of element.attributes) if (value.startsWith("/static/")) wanted.add(value);
  const cache = await caches.open(KEPT);
  for (const old of await cache.keys()) {
    const { pathname } = new URL(old.url);
    if (pathname !== SHELL && !wanted.delete(pathname)) await cache.delete(old);
  }
  await cache.addAll([...wanted]);
  await cache.put(SHELL, answer);
}

async function keepList() {
  const answer = await fetch("/trust/bundle", { credentials: "same-origin", cache: "no-cache" });
  if (!answer.ok) return;
  const text = await answer.text();
  const before = await kept("list");
  const read = await readBundle(text, before?.origin === location.origin ? before.number : 0);
  await keep("list", { text, number: read.number, origin: location.origin });
}

async function prepare() {
  await navigator.serviceWorker.register("/clinic/offline/worker.js", { scope: "/clinic" });
  await Promise.allSettled([keepPage(), keepList(), forgetHandles(Date.now() / 1000)]);
  document.documentElement.toggleAttribute("data-ready-offline", true);
}

async function tell() {
  const waiting = await count();
  if (!notice || !waiting) return;
  notice.querySelector("span").textContent = notice.dataset.waiting.replace("{count}", waiting);
  notice.hidden = false;
}

if (navigator.serviceWorker && globalThis.indexedDB) {
  tell().catch(() => {}); // private browsing: nothing is kept here
  prepare().catch(() => {});
  setInterval(() => !document.hidden && prepare().catch(() => {}), EVERY_MS);
}
