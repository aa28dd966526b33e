// Keeps the phone ready for when there is no network: the page that shows a code, and codes to show.
import { base64, dropLapsed, keepCertified, newKey, now, unbase64 } from "./offline-code.js";
import { all, drop, fact, forget, remember } from "./kept-codes.js";

const KEPT = "health-code";
const DAY = 86400;
const SPARE = 4 * DAY; // what ends sooner is replaced while there is a network
const LISTS = DAY / 2; // how old the trust list may grow before it is fetched anew

export const isPossible = Boolean(globalThis.isSecureContext && navigator.serviceWorker && globalThis.indexedDB);

// What a phone holds of one session is deleted before it fetches anything for another.
export async function belongTo(session) {
  if ((await fact("session")) === session) return;
  await forget();
  await remember("session", session);
}

// The page for when there is no network, with all it loads; anew when language or program change.
export async function keepPage(marker) {
  if ((await fact("page")) === marker) return;
  const answer = await fetch("/offline", { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.clone().text(), "text/html");
  const named = [...page.querySelectorAll("link[href]")].map((one) => one.getAttribute("href"));
  const scripts = [...page.querySelectorAll("script[src]")].map((one) => one.getAttribute("src"));
  const others = [...page.querySelectorAll("[data-keep]")].flatMap((one) => one.dataset.keep.split(" "));
  const wanted = [...new Set([...named, ...scripts, ...others])];
  const cache = await caches.open(KEPT);
  await cache.addAll(wanted);
  await cache.put("/offline", answer);
  for (const one of await cache.keys()) {
    const { pathname } = new URL(one.url);
    if (pathname !== "/offline" && !wanted.includes(pathname)) await cache.delete(one);
  }
  await remember("page", marker);
}

async function fetchCodes(count) {
  const made = await Promise.all(Array.from({ length: count }, newKey));
  const answer = await fetch("/offline-codes/keys", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ keys: made.map(({ point }) => base64(point)) }),
  });
  if (answer.redirected || answer.status === 401) return forget();
  if (!answer.ok) return null; // tomorrow again, or when this phone has used fewer
  const told = await answer.json();
  await keepCertified(made, told.certificates.map(unbase64));
  await remember("clock", now() - told.now);
}

async function fetchLists() {
  const held = await fact("counters");
  if (held && now() - held.at < LISTS) return;
  const answer = await fetch("/offline-codes/counters", { credentials: "same-origin" });
  if (answer.ok) await remember("counters", { at: now(), ...(await answer.json()) });
}

// One page at a time, or two would each fetch the same number.
export const refill = (wanted) =>
  navigator.locks.request("health-code-refill", async () => {
    await dropLapsed(now());
    const good = (await all()).filter((one) => one.until > now() + SPARE);
    if (good.length < wanted) {
      await fetchCodes(wanted - good.length);
      const many = (await all()).sort((one, other) => other.until - one.until).slice(wanted);
      const over = new Set(many.map((one) => one.id));
      await drop((one) => over.has(one.id));
    }
    await fetchLists();
  });

export async function beReady({ session, page, wanted }) {
  if (!isPossible) return;
  await belongTo(session);
  await remember("wanted", Number(wanted));
  await navigator.serviceWorker.register("/offline-worker.js", { scope: "/" });
  await keepPage(page);
  await refill(Number(wanted));
  document.dispatchEvent(new Event("codes-ready"));
}

// Now, whenever the network comes back, and every half hour; sooner while something is still missing.
const SOON = 60_000;
const SELDOM = 30 * 60_000;

function keepReady(told) {
  let pause = SOON / 2;
  let next;
  async function once() {
    clearTimeout(next);
    const isDone = await beReady(told)
      .then(async () => (await all()).length >= Number(told.wanted))
      .catch(() => false);
    pause = isDone ? SELDOM : Math.min(pause * 2, SELDOM);
    next = setTimeout(once, pause);
  }
  addEventListener("online", once);
  once();
}

const kept = document.querySelector("[data-phone]");
if (kept && isPossible) keepReady({ ...kept.dataset });
