// The scan page without network: checks codes and emergency summaries by itself, remembers what it
// accepted, and hands that in once there is a network again.
import { Refused } from "../layout/code-format.js";
import { freshness, readBundle } from "../layout/trust-list.js";
import { tidied, verifyCode } from "../layout/verify-code.js";
import { setUpCamera } from "./camera.js";
import { isSummary, readSummary } from "./carried-summary.js";
import { accept, forget, keep, kept, scans } from "./offline-store.js";

const desk = document.querySelector("[data-desk]");
const form = document.querySelector("#scan");
const field = form.elements.code;
const result = document.querySelector("#result");
const list = document.querySelector("#waiting");
const handIn = document.querySelector("[data-hand-in]");
const state = document.querySelector("[data-state]");
const says = (name) => document.querySelector(`[data-says="${name}"]`);
const AT_ONCE = 20;
const LONGEST_SECONDS = 72 * 3600;
const CAPABILITIES = [1, 2, 4, 8];

const now = () => Date.now() / 1000;
const CLOCK = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short", timeZone: "Asia/Shanghai" });
const clock = (seconds) => CLOCK.format(new Date(seconds * 1000));
// How an offline visit is named on paper until the region says whose it was.
const shortName = (handle) => handle.slice(0, 8).toUpperCase().replace(/^(.{4})/, "$1 ");

let trusted = null;

// --- what there is to go by ---
async function learn() {
  const had = await kept("list");
  if (had && had.origin === location.origin) trusted = await readBundle(had.text).catch(() => null);
}

async function refresh() {
  const answer = await fetch("/trust/bundle", { credentials: "same-origin", cache: "no-cache" });
  if (!answer.ok) return;
  const text = await answer.text();
  const read = await readBundle(text, trusted?.number ?? 0);
  trusted = read;
  await keep("list", { text, number: read.number, origin: location.origin });
}

function tellState() {
  const name = !trusted ? "missing" : freshness(trusted, now());
  state.replaceChildren(says(`list-${name}`).cloneNode(true));
  state.lastChild.hidden = false;
  const when = state.querySelector("[data-when]");
  if (when && trusted) when.textContent = clock(trusted.issuedAt);
  document.documentElement.toggleAttribute("data-online", navigator.onLine);
}

// --- a scan ---
function show(isGood, name, fill = {}, lines = []) {
  const told = says(name).cloneNode(true);
  told.hidden = false;
  for (const [key, value] of Object.entries(fill)) told.querySelector(`[data-fill="${key}"]`)?.replaceChildren(value);
  result.replaceChildren(told);
  for (const line of lines) result.append(Object.assign(document.createElement("p"), { textContent: line }));
  result.hidden = false;
  result.toggleAttribute("data-refused", !isGood);
  result.scrollIntoView({ block: "nearest" });
}

function refuse(error) {
  const name = error.kind ? `code-foreign.${error.kind}` : error.code;
  show(false, says(name) ? name : "other");
}

function showAccepted(found) {
  const may = CAPABILITIES.filter((one) => found.capabilities & one && !(found.isMarked && one >= 4));
  const uses = may.map((one) => says(`may-${one}`).textContent).join(desk.dataset.comma);
  const fill = { handle: shortName(found.handle), region: String(found.region), uses };
  show(true, found.isMarked ? "accepted-marked" : "accepted", fill);
}

async function check(text, scene) {
  if (isSummary(text)) return checkSummary(text);
  if (!trusted) throw new Refused("trust-list-missing");
  const at = now();
  const taken = { take: async () => true }; // the store takes handle and scan together
  const found = await verifyCode(text, trusted, at, taken);
  const isOfOneUse = found.type === "B";
  const scan = { code: found.evidence, handle: found.handle, acceptedAt: Math.floor(at), scene, desk: desk.dataset.desk };
  const number = await accept(found.handle, found.until + 120, at, scan, isOfOneUse);
  if (number === null) throw new Refused("code-replayed");
  showAccepted(found);
  await draw();
}

async function checkSummary(text) {
  const read = await readSummary(text, desk.dataset.summaryKey);
  if (!read) return show(false, "summary-untrusted");
  show(!read.isOld, read.isOld ? "summary-old" : "summary", {}, [`${read.made} \u2013 ${read.until}`, ...read.lines]);
}

async function tryToCheck(text, scene) {
  result.hidden = true; // what it said was of the code before
  try {
    await check(text, scene);
  } catch (error) {
    refuse(error instanceof Refused ? error : { code: "other" });
  }
  field.focus();
}

// Each scan in its turn, once the page is ready: none that arrives meanwhile is lost.
let before = begin().catch(refuse);
function take(text) {
  const scene = form.elements.scene.value;
  if (text.trim()) before = before.then(() => tryToCheck(text, scene));
  return before;
}

// --- what waits, and handing it in ---
async function draw() {
  const waiting = await scans();
  list.replaceChildren();
  for (const scan of waiting) {
    const row = document.querySelector("#row").content.cloneNode(true);
    row.querySelector("[data-handle]").textContent = shortName(scan.handle);
    row.querySelector("[data-at]").textContent = clock(scan.acceptedAt);
    row.querySelector("[data-scene]").textContent = says(`scene-${scan.scene}`)?.textContent ?? "";
    list.append(row);
  }
  document.querySelector("[data-empty]").hidden = waiting.length > 0;
  list.closest("table").hidden = waiting.length === 0;
  handIn.hidden = waiting.length === 0;
}

function tellHandedIn(scan, answer) {
  const row = document.querySelector("#handed").content.cloneNode(true);
  row.querySelector("[data-handle]").textContent = shortName(scan.handle);
  row.querySelector("[data-at]").textContent = clock(scan.acceptedAt);
  const who = row.querySelector("[data-who]");
  who.textContent = answer.said;
  if (answer.visit) who.replaceChildren(Object.assign(document.createElement("a"), { href: answer.visit, textContent: answer.said }));
  document.querySelector("#handed-in").append(row);
  document.querySelector("[data-handed]").hidden = false;
}

async function handAllIn() {
  const waiting = await scans();
  for (let from = 0; from < waiting.length; from += AT_ONCE) {
    const part = waiting.slice(from, from + AT_ONCE);
    const sent = part.map(({ code, acceptedAt, scene, desk: at }) => ({ code, accepted_at: acceptedAt, scene, desk: at }));
    const answer = await fetch(handIn.dataset.handIn, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ scans: sent }),
    });
    if (answer.status === 401) return show(false, "sign-in");
    if (!answer.ok) return show(false, "not-handed-in");
    const told = await answer.json();
    for (const [place, scan] of part.entries()) {
      tellHandedIn(scan, told[place]);
      if (told[place].is_taken) await forget(scan.number);
    }
  }
  await draw();
}

let isHandingIn = false;
async function tryToHandIn() {
  if (isHandingIn || !navigator.onLine) return;
  isHandingIn = true;
  handIn.disabled = true;
  try {
    await refresh();
    await handAllIn();
  } catch {
    // still no network, or none that reaches us: what waits goes on waiting
  } finally {
    isHandingIn = false;
    handIn.disabled = false;
    tellState();
  }
}

// --- the page ---
function isOver() {
  return now() - Number(desk.dataset.preparedAt) > LONGEST_SECONDS;
}

async function begin() {
  await learn();
  tellState();
  await draw();
  form.hidden = isOver();
  if (isOver()) show(false, "desk-over");
  const brought = new URLSearchParams(location.hash.slice(1));
  const text = brought.get("code");
  if (!text) return;
  history.replaceState(null, "", location.pathname);
  if (brought.get("scene")) form.elements.scene.value = brought.get("scene");
  await tryToCheck(isSummary(text) ? text : tidied(text), form.elements.scene.value);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  take(field.value);
  field.value = "";
});
handIn.addEventListener("click", tryToHandIn);
addEventListener("online", tryToHandIn);
addEventListener("offline", tellState);
let seen = "";
setUpCamera(
  document.querySelector("[data-camera]"),
  document.querySelector("#camera"),
  async (text) => {
    if (text !== seen) await take(text); // the same code is still before the camera
    seen = text;
    return true;
  },
  () => field.focus(),
);

await before;
form.toggleAttribute("data-ready", true);
field.focus();
tryToHandIn();
