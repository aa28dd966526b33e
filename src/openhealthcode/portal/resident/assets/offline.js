// The page for when there is no network: shows a code of this phone, or answers the code of a counter.
import { sha256 } from "../layout/signature-check.js";
import { readTrustList } from "../layout/trust-list.js";
import { verifyCounter } from "../layout/verify-code.js";
import { all, fact, remember } from "./kept-codes.js";
import { now, SECONDS, show, TREAT, unbase64 } from "./offline-code.js";
import { picture } from "./qr-numeric.js";

const $ = (name) => document.querySelector(`[data-part="${name}"]`);
const page = $("page");
const frame = $("code");
const bar = document.querySelector(".minute > i");
const sheet = document.querySelector("#counter-sheet");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let shown = null; // { text, at, counter }
let lock = null;

const words = page.dataset;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

// --- the screen stays on while a code is shown ---
async function stayAwake() {
  try {
    lock ??= await navigator.wakeLock?.request("screen");
    lock?.addEventListener("release", () => (lock = null));
  } catch {
    // the phone saves its battery: the screen goes dark as usual
  }
}
const mayGoDark = () => lock?.release().catch(() => {});

// --- the code ---
async function ready() {
  return (await all()).filter((one) => one.from <= now() && now() < one.until).length;
}

async function draw() {
  const rest = shown ? Math.max(0, shown.at + SECONDS - now()) : 0;
  frame.toggleAttribute("data-expired", Boolean(shown) && rest === 0);
  $("left").textContent = rest ? fill(words.left, { seconds: rest }) : shown ? words.over : "";
  bar.style.transform = `scaleX(${(calm.matches ? Math.ceil(rest / 20) * 20 : rest) / SECONDS})`;
  if (rest === 0) mayGoDark();
}

async function count() {
  const left = await ready();
  $("count").textContent = left ? fill(words.count, { count: left }) : words.none;
  $("next").hidden = left === 0;
  const isEmpty = left === 0 && !shown;
  $("empty").hidden = !isEmpty;
  $("count").hidden = isEmpty;
  $("counter").hidden = left === 0;
  $("card").hidden = !shown;
}

function put(next) {
  shown = next;
  frame.replaceChildren(picture(next.text));
  frame.dataset.text = next.text.length; // the digits themselves are in the picture alone
  $("for").textContent = next.counter || words.anywhere;
  stayAwake();
  draw();
}

async function showNext(purposes = TREAT, challenge = undefined, counter = "") {
  const at = now();
  const text = await show(at, purposes, challenge);
  if (text) {
    put({ text, at, counter });
    await remember("shown", shown);
    $("card").hidden = false;
    $("card").scrollIntoView({ block: "nearest" });
  }
  await count();
}

async function begin() {
  const before = await fact("shown");
  if (before && now() - before.at < SECONDS) put(before); // the page was loaded anew: the same code
  else if (await ready()) await showNext();
  await count();
}

$("next").addEventListener("click", () => showNext());
setInterval(draw, 1000);
document.addEventListener("visibilitychange", () => !document.hidden && shown && now() - shown.at < SECONDS && stayAwake());

// --- the counter's code: read, checked, shown by name, answered for it alone ---
function refuse(code) {
  $("problem").hidden = false;
  $("problem").textContent = page.getAttribute(`data-problem-${code}`) ?? words.problem;
}

async function whoAsks(text) {
  const held = await fact("counters");
  if (!held) throw Object.assign(new Error("no list"), { code: "trust-list-stale" });
  const keys = held.roots.map((one) => ({ ...one, publicKey: unbase64(one.publicKey) }));
  const list = await readTrustList(unbase64(held.list), { needed: held.needed, keys });
  const code = await verifyCounter(text, list, now());
  const institution = held.institutions[code.institution];
  if (!institution) throw Object.assign(new Error("unknown"), { code: "issuer-untrusted" });
  return { code, institution };
}

async function ask(text) {
  $("problem").hidden = true;
  try {
    const { code, institution } = await whoAsks(text);
    const where = fill(words.counter, { institution, number: code.counter });
    sheet.querySelector("h2").textContent = where;
    sheet.querySelector("[data-purpose]").textContent = page.getAttribute(`data-purpose-${code.purpose}`);
    sheet.returnValue = "";
    sheet.showModal();
    sheet.onclose = async () => {
      $("card").scrollIntoView({ block: "nearest" });
      if (sheet.returnValue !== "answer") return;
      const challenge = await sha256(code.data);
      await showNext(code.purpose, challenge, fill(words.onlyThere, { where }));
    };
  } catch (error) {
    refuse(error.code ?? "code-unreadable");
  }
}

$("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(event.target.elements.code.value);
});

// --- the camera ---
const camera = $("camera");
const stage = $("stage");
const video = stage.querySelector("video");
let stream = null;

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
  stage.hidden = true;
  camera.setAttribute("aria-expanded", "false");
}

async function start() {
  $("problem").hidden = true;
  stage.hidden = false;
  camera.setAttribute("aria-expanded", "true");
  try {
    const { BarcodeDetector, prepareZXingModule } = await import(camera.dataset.detector);
    prepareZXingModule({ overrides: { locateFile: () => camera.dataset.wasm } }); // no other host
    const reader = new BarcodeDetector({ formats: ["qr_code"] });
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    video.srcObject = stream;
    await video.play();
    while (stream) {
      const [found] = await reader.detect(video).catch(() => []);
      if (found?.rawValue) {
        stop();
        return ask(found.rawValue);
      }
      await new Promise((resolve) => setTimeout(resolve, 110));
    }
  } catch {
    stop();
    refuse("camera");
  }
}

if (navigator.mediaDevices?.getUserMedia) {
  camera.hidden = false;
  camera.addEventListener("click", () => (stream ? stop() : start()));
  addEventListener("pagehide", stop);
}

// --- the network is back ---
const back = () => ($("online").hidden = !navigator.onLine);
addEventListener("online", back);
addEventListener("offline", back);
back();

if (globalThis.indexedDB && globalThis.crypto?.subtle) begin();
else count().catch(() => ($("empty").hidden = false));
