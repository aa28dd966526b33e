// Names a mistyped ID number before the form is sent. The server checks again; this only saves a trip.
// Source: GB 11643-1999, ISO 7064 MOD 11-2.
const form = document.querySelector("[data-number]");
const field = form.elements.number;

function problem(text) {
  const number = text.normalize("NFKC").replace(/\s/g, "").toUpperCase();
  if (!/^\d{17}[\dX]$/.test(number)) return "length";
  const [year, month, day] = [number.slice(6, 10), number.slice(10, 12), number.slice(12, 14)].map(Number);
  const born = new Date(Date.UTC(year, month - 1, day));
  if (born.getUTCMonth() !== month - 1 || born.getUTCDate() !== day || born > new Date()) return "date";
  let sum = 0;
  for (let place = 0; place < 17; place++) sum += Number(number[place]) * (2 ** (17 - place) % 11);
  return "10X98765432"[sum % 11] === number[17] ? "" : "check";
}

function tell(kind) {
  let line = document.querySelector("#number-problem");
  if (!kind) {
    line?.remove();
    field.removeAttribute("aria-invalid");
    field.setAttribute("aria-describedby", "number-hint");
    return;
  }
  if (!line) {
    line = document.createElement("p");
    line.className = "problem";
    line.id = "number-problem";
    line.setAttribute("role", "alert");
    field.after(line);
  }
  line.textContent = form.dataset["problem" + kind[0].toUpperCase() + kind.slice(1)];
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "number-problem number-hint");
}

field.addEventListener("blur", () => field.value && tell(problem(field.value)));
field.addEventListener("input", () => {
  const complete = field.value.replace(/\s/g, "").length >= 18;
  if (complete || field.hasAttribute("aria-invalid")) tell(problem(field.value));
});
