// Ticks what a step of care usually needs when the step changes, and counts what is ticked.
const form = document.querySelector("form.ask");
const boxes = [...form.querySelectorAll("input[name=category]")];
const count = form.querySelector(".count");
const go = [...form.querySelectorAll("button[value=ask], button[value=here]")];

function tell() {
  const chosen = boxes.filter((box) => box.checked).length;
  count.textContent = (chosen === 1 ? count.dataset.one : count.dataset.other).replace("{count}", chosen);
  for (const button of go) button.disabled = chosen === 0;
}

form.addEventListener("change", (event) => {
  const preset = event.target.dataset.preset;
  if (preset !== undefined) {
    const usual = new Set(preset.split(" "));
    for (const box of boxes) box.checked = usual.has(box.value);
  }
  tell();
});
let sent = false;
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault(); // a second press is not a second request
  sent = true;
});
addEventListener("pageshow", () => (sent = false));
tell();
