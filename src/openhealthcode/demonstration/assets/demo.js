// Drives the two screens with the pages' own forms, as hands would, and tells which step is next.
const phone = document.querySelector("#phone");
const clinic = document.querySelector("#clinic");
const screens = document.querySelector(".screens");
const problem = document.querySelector("[data-problem]");
const residents = document.querySelector("[data-residents]");
const staff = document.querySelector("[data-staff]");
const steps = [...document.querySelectorAll("[data-step]")];
const reached = new Set();
const onceMore = document.querySelector('[data-do="refused"]');
let handed = ""; // the code last handed over
const MODULE_PIXELS = 6;
const TYPING_MS = 350; // long enough to be seen
const PATIENCE_MS = 15_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const path = (frame) => frame.contentWindow.location.pathname;
const find = (frame, selector) => frame.contentDocument.querySelector(selector);

function loaded(frame) {
  return new Promise((resolve, reject) => {
    frame.addEventListener("load", resolve, { once: true });
    setTimeout(() => reject(new Error("the page does not load")), PATIENCE_MS);
  });
}

async function go(frame, address) {
  const next = loaded(frame);
  frame.contentWindow.location.assign(address);
  await next;
}

async function send(frame, selector, values) {
  const form = find(frame, selector);
  if (!form) throw new Error("the form is not there");
  for (const [name, value] of Object.entries(values)) {
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
  }
  await pause(TYPING_MS);
  const next = loaded(frame);
  form.requestSubmit();
  await next;
}

async function code(address) {
  const answer = await fetch(address, { cache: "no-store" });
  return (await answer.json()).code;
}

// --- signing in ---
async function signInResident() {
  const { number, name, phone: to } = residents.selectedOptions[0].dataset;
  await go(phone, "/sign-in");
  await send(phone, 'form[action="/sign-in"]', { number, name, phone: to });
  await send(phone, 'form[action="/sign-in/code"]', { code: await code(`/demo/message/${to}`) });
}

async function signInStaff() {
  const { number, audience } = staff.selectedOptions[0].dataset;
  const address = `/${audience}/sign-in`;
  await go(clinic, address);
  await send(clinic, `form[action="${address}"]`, {
    account: number,
    password: screens.dataset.password,
    totp: await code(`/demo/authenticator/${staff.value}`),
  });
}

// --- the scan: the code is read off the phone's screen, module by module ---
async function readCode() {
  const svg = find(phone, ".qr svg");
  const side = svg.viewBox.baseVal.width;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side * MODULE_PIXELS;
  const ink = canvas.getContext("2d");
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, canvas.width, canvas.height);
  ink.fillStyle = "#000";
  const bars = svg.querySelector("path:last-of-type").getAttribute("d").matchAll(/M(\d+) (\d+)h(\d+)/g);
  for (const [, x, y, width] of bars) {
    ink.fillRect(x * MODULE_PIXELS, y * MODULE_PIXELS, width * MODULE_PIXELS, MODULE_PIXELS);
  }
  const { BarcodeDetector, prepareZXingModule } = await import(screens.dataset.detector);
  prepareZXingModule({ overrides: { locateFile: () => screens.dataset.wasm } });
  const [found] = await new BarcodeDetector({ formats: ["qr_code"] }).detect(canvas);
  return found.rawValue;
}

async function hand() {
  if (!find(phone, ".qr svg")) await go(phone, "/");
  handed = await readCode();
  await again();
}

async function again() {
  if (!find(clinic, "form#scan")) await go(clinic, "/clinic");
  await send(clinic, "form#scan", { code: handed });
}

async function be(key, address) {
  staff.value = key;
  await signInStaff();
  if (path(clinic) !== address) await go(clinic, address);
}

const isAtDesk = () => /^\/clinic(\/(?!sign-in)|$)/.test(path(clinic));

const doings = {
  "sign-in": async () => {
    if (!find(phone, "[data-live]")) await signInResident();
    if (!isAtDesk()) await signInStaff();
  },
  hand,
  again: () => (handed ? again() : hand().then(again)),
  refused: async () => {
    reached.clear();
    await hand();
  },
};

async function attempt(doing, button) {
  problem.hidden = true;
  button?.setAttribute("aria-disabled", "true");
  try {
    await doing();
  } catch {
    problem.textContent = problem.dataset.problem;
    problem.hidden = false;
  }
  button?.removeAttribute("aria-disabled");
  look();
}

for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => attempt(doings[button.dataset.do], button));
}
for (const button of document.querySelectorAll("[data-go]")) {
  button.addEventListener("click", () => {
    attempt(() => go(phone, button.dataset.go));
    phone.scrollIntoView({ block: "center" });
  });
}
for (const button of document.querySelectorAll("[data-be]")) {
  button.addEventListener("click", () => {
    attempt(() => be(button.dataset.be, button.dataset.open));
    clinic.scrollIntoView({ block: "center" });
  });
}
residents.addEventListener("change", () => attempt(signInResident));
staff.addEventListener("change", () => attempt(signInStaff));

// --- which step is next: seen from what the two screens show ---
const isClosed = () =>
  phone.contentWindow.location.search === "?done=withdrawn" ||
  (phone.contentDocument.readyState === "complete" && // half a page may still lack its buttons
    find(phone, ".qr") &&
    !find(phone, 'form[action$="/withdraw"]'));

const isReached = {
  "sign-in": () => find(phone, "[data-live]") && isAtDesk(),
  hand: () => /^\/clinic\/visits\//.test(path(clinic)),
  ask: () => /^\/clinic\/requests\//.test(path(clinic)),
  allow: () => /\/receipt$/.test(path(phone)),
  read: () => find(clinic, ".record"),
  withdraw: () => reached.has("read") && isClosed(),
  refused: () => reached.has("withdraw") && find(clinic, ".ending"),
};

function look() {
  try {
    for (const step of steps) if (isReached[step.dataset.step]()) reached.add(step.dataset.step);
  } catch {
    return; // a screen is between two pages
  }
  const last = steps.findLastIndex((step) => reached.has(step.dataset.step));
  const next = Math.min(last + 1, steps.length - 1);
  steps.forEach((step, index) => {
    step.dataset.is = index === next ? "now" : index < next ? "done" : "later";
    if (index === next) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
  onceMore.hidden = last < steps.length - 1;
}

setInterval(look, 500);
look();
