// Keys on the screen for hands without a keyboard, and a button that names what it allows.
const form = document.querySelector("form.pad");
const pin = form.querySelector("#pin");
const keys = form.querySelector(".keys");
const allow = form.querySelector("button[value=allow]");
const boxes = [...form.querySelectorAll("input[name=category]")];
let sent = false;

function press(key) {
  if (key === "clear") pin.value = "";
  else if (key === "back") pin.value = pin.value.slice(0, -1);
  else if (pin.value.length < pin.maxLength) pin.value += key;
}

function tell() {
  const chosen = boxes.filter((box) => box.checked).length;
  if (!allow) return;
  allow.textContent = (chosen === 1 ? form.dataset.allowOne : form.dataset.allow).replace("{count}", chosen);
  allow.disabled = chosen === 0;
}

if (keys) {
  keys.hidden = false;
  keys.addEventListener("click", (event) => press(event.target.closest("[data-key]")?.dataset.key ?? ""));
}
form.addEventListener("change", tell);
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault(); // a second press is not a second entry
  sent = true;
});
addEventListener("pageshow", () => (sent = false));
tell();
