// The open record: closes the moment it may no longer be seen, finds, moves, and covers itself.
import { onShortcut } from "./keys.js";

const page = document.querySelector("[data-live]");
const left = document.querySelector("[data-until]");
const search = document.querySelector("#search");
const close = document.querySelector("[data-close]");
const cover = document.querySelector("#cover");
const life = document.querySelector(".life");
const found = life.querySelector(".found");
const filters = [...life.querySelectorAll(".filters a")];
const entries = [...life.querySelectorAll(".entry")];
const COVER_MS = 3 * 60_000;
const LEAVE_MS = 15 * 60_000;
const BROKEN_POLL = 5_000;

// --- closing ---
function leave(path) {
  document.documentElement.setAttribute("data-left", "");
  location.replace(path);
}

// Whoever may still see it gets the page anew; whoever may not, the reason.
function again() {
  document.documentElement.setAttribute("data-left", "");
  location.reload();
}

async function check() {
  try {
    const answer = await fetch(page.dataset.state, { credentials: "same-origin" });
    if (answer.status !== 204) again();
  } catch {
    // no connection: the next click asks the server itself
  }
}

let live = false;
let poll;
const events = new EventSource(page.dataset.live);
events.addEventListener("open", () => {
  live = true;
  page.toggleAttribute("data-follows", true);
  clearInterval(poll);
  check(); // what was announced while nobody listened
});
events.addEventListener("change", again);
events.addEventListener("error", () => {
  live = false;
  page.toggleAttribute("data-follows", false);
  clearInterval(poll);
  poll = setInterval(check, BROKEN_POLL);
});
addEventListener("pagehide", () => events.close());
close.addEventListener("click", (event) => {
  event.preventDefault();
  leave(close.href);
});

// --- the time left, by the server's clock ---
const lasts = Date.parse(left.dataset.until) - Date.parse(left.dataset.now);
const begun = performance.now();
function tick() {
  const seconds = Math.floor((lasts - (performance.now() - begun)) / 1000);
  if (seconds <= 0) return again();
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const words = hours ? left.dataset.hours : minutes ? left.dataset.minutes : left.dataset.seconds;
  const said = words.replace("{hours}", hours).replace("{minutes}", minutes).replace("{seconds}", seconds);
  left.textContent = " · " + left.dataset.left.replace("{left}", said);
  left.parentElement.toggleAttribute("data-soon", seconds < 600);
}
tick();
setInterval(tick, 1000);

// --- finding: at once on what is shown here; the server's search knows every reading of a character ---
const texts = new Map(entries.map((entry) => [entry, fold(entry.textContent) + " " + entry.dataset.initials]));
const whole = life.hasAttribute("data-whole");
let category = "";

function fold(text) {
  return text.normalize("NFKC").toLowerCase();
}

function filter() {
  const words = fold(search.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const entry of entries) {
    const shown =
      (!category || entry.dataset.category === category) && words.every((word) => texts.get(entry).includes(word));
    entry.hidden = !shown;
    count += shown;
  }
  for (const year of life.querySelectorAll(".year")) year.hidden = !year.querySelector(".entry:not([hidden])");
  for (const link of filters) {
    if (link.dataset.category === category) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const words_of = count === 1 ? found.dataset.one : found.dataset.other;
  if (count) found.textContent = words.length ? words_of.replace("{count}", count) : "";
  else found.textContent = words.length ? found.dataset.none.replace("{query}", search.value) : found.dataset.noneOfKind;
}

if (whole) {
  search.addEventListener("input", filter);
  search.form.addEventListener("submit", (event) => {
    const first = visible()[0];
    if (!live || !first || !search.value.trim()) return; // the server looks deeper
    event.preventDefault();
    first.focus();
  });
  for (const link of filters)
    link.addEventListener("click", (event) => {
      // Only while this page would hear of a withdrawal; else the click goes to the server.
      if (!live || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      category = link.dataset.category;
      filter();
    });
}

// --- keys ---
const visible = () => entries.filter((entry) => !entry.hidden);

function move(step) {
  const shown = visible();
  const now = shown.indexOf(document.activeElement);
  const next = now < 0 ? (step > 0 ? 0 : shown.length - 1) : now + step;
  shown[Math.min(Math.max(next, 0), shown.length - 1)]?.focus();
}

onShortcut("j", () => move(1));
onShortcut("k", () => move(-1));
onShortcut("/", () => search.select());
onShortcut("Escape", () => leave(close.href));
search.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  if (search.value && whole) {
    search.value = "";
    filter();
  } else search.blur();
});

// --- nobody here: cover, then close ---
let covering;
let leaving;
function here() {
  clearTimeout(covering);
  clearTimeout(leaving);
  covering = setTimeout(() => cover.showModal(), COVER_MS);
  leaving = setTimeout(() => leave(close.href), LEAVE_MS);
}
for (const name of ["keydown", "pointerdown", "wheel", "touchmove"])
  addEventListener(name, () => (cover.open && cover.close(), here()), { passive: true, capture: true });
here();
