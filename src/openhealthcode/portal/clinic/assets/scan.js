// Keeps the scanner's field in focus, reads codes with the camera, sends a chosen picture at once.
const form = document.querySelector("#scan");
const field = form.elements.code;
const ready = document.querySelector(".ready");
const picture = document.querySelector(".picture");
const button = document.querySelector("[data-camera]");
const stage = document.querySelector("#camera");
const video = stage.querySelector("video");
const line = stage.querySelector("p");
const LOOK_MS = 110;
let stream = null;
let sent = false;

// --- the field ---
function tell() {
  const on = document.activeElement === field;
  ready.hidden = false;
  ready.toggleAttribute("data-on", on);
  ready.textContent = on ? ready.dataset.ready : ready.dataset.away;
}
field.addEventListener("focus", tell);
field.addEventListener("blur", () => {
  setTimeout(() => {
    if (document.activeElement === document.body && document.hasFocus()) field.focus({ preventScroll: true });
    tell();
  }, 0);
});
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault(); // a scanner that ends with two line feeds asks once
  sent = true;
});
addEventListener("pageshow", () => (sent = false));
function begin() {
  if (document.activeElement === document.body) field.focus();
  tell();
}
addEventListener("load", () => setTimeout(begin, 150)); // after the browser's own autofocus
addEventListener("focus", () => setTimeout(begin, 150));

// --- the step of care goes along with a picture, and back to the field ---
form.addEventListener("change", (event) => {
  if (event.target.name !== "scene") return;
  picture.elements.scene.value = event.target.value;
});

// --- a picture ---
picture.querySelector("[data-send]").hidden = true;
picture.elements.picture.addEventListener("change", () => picture.requestSubmit());

// --- the camera ---
const remembers = {
  get on() {
    try {
      return sessionStorage.getItem("camera") === "on";
    } catch {
      return false;
    }
  },
  set on(value) {
    try {
      sessionStorage.setItem("camera", value ? "on" : "off");
    } catch {
      // private browsing: the camera is asked for again
    }
  },
};

async function detector() {
  const { BarcodeDetector, prepareZXingModule } = await import(button.dataset.detector);
  // Without this the decoder would be fetched from a public host.
  prepareZXingModule({ overrides: { locateFile: () => button.dataset.wasm } });
  return new BarcodeDetector({ formats: ["qr_code"] });
}

async function start() {
  stage.hidden = false;
  line.textContent = stage.dataset.starting;
  button.setAttribute("aria-expanded", "true");
  button.querySelector("span").dataset.start ??= button.querySelector("span").textContent;
  button.querySelector("span").textContent = button.dataset.stop;
  try {
    const reading = detector();
    reading.catch(() => {}); // told below
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    video.srcObject = stream;
    const facing = stream.getVideoTracks()[0]?.getSettings().facingMode;
    video.toggleAttribute("data-mirrored", facing === "user");
    await video.play();
    line.textContent = stage.dataset.aim;
    remembers.on = true;
    look(await reading);
  } catch (error) {
    const denied = error.name === "NotAllowedError" || error.name === "SecurityError";
    stop();
    stage.hidden = false;
    video.hidden = true;
    line.textContent = denied ? stage.dataset.denied : stage.dataset.none;
  }
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
  video.hidden = false;
  stage.hidden = true;
  button.setAttribute("aria-expanded", "false");
  const label = button.querySelector("span");
  label.textContent = label.dataset.start ?? label.textContent;
}

// A text of several lines (an emergency summary) would lose its line ends in a one-line field.
function send(text) {
  field.value = text;
  if (field.value !== text) {
    const whole = Object.assign(document.createElement("input"), { type: "hidden", name: "code", value: text });
    field.removeAttribute("name");
    form.append(whole);
  }
  form.requestSubmit();
}

async function look(reader) {
  while (stream && !sent) {
    const [found] = await reader.detect(video).catch(() => []);
    if (found?.rawValue && !sent) {
      send(found.rawValue);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

if (navigator.mediaDevices?.getUserMedia) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (stream) {
      remembers.on = false;
      stop();
      field.focus();
    } else start();
  });
  addEventListener("pagehide", stop);
  if (remembers.on) start();
}
