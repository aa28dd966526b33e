// Keeps the scanner's field in focus, reads codes with the camera, sends a chosen picture at once.
import { setUpCamera } from "./camera.js";

const form = document.querySelector("#scan");
const field = form.elements.code;
const ready = document.querySelector(".ready");
const picture = document.querySelector(".picture");
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

setUpCamera(
  document.querySelector("[data-camera]"),
  document.querySelector("#camera"),
  (text) => {
    if (!sent) send(text);
    return false;
  },
  () => field.focus(),
);
