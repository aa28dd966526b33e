// Keys of the queue and of a comparison: one for each decision. Reasons are always chosen by hand, and
// nothing is sent by a single key.
const isField = (target) =>
  target instanceof Element && target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
const cases = [...document.querySelectorAll("[data-case]")];
let place = cases.indexOf(document.activeElement);

function step(by) {
  if (!cases.length) return;
  place = Math.min(Math.max(place + by, 0), cases.length - 1);
  cases[place].focus();
}

function choose(number) {
  const form = document.activeElement?.closest("form");
  const reason = form?.querySelectorAll("[name=reason], [name=why]")[number - 1];
  if (!reason) return;
  reason.checked = true;
  reason.focus();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isField(event.target)) return;
  if (event.key === "j" || event.key === "k") return step(event.key === "j" ? 1 : -1);
  if (/^[1-9]$/.test(event.key)) return choose(Number(event.key));
  const first = document.querySelector(`[data-first="${CSS.escape(event.key)}"]`);
  if (first) {
    event.preventDefault();
    first.closest("form").scrollIntoView({ block: "nearest" });
    return first.focus();
  }
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link) location.assign(link.href);
});
