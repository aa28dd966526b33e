// Keys of every page of the clinic: shortcuts, and a scanner that types wherever the focus is.
// A scanner is told from a person by its speed; a shortcut waits until no more keys follow.
const BURST_MS = 45; // no person's shortcut follows another key so fast
const SCANNER_MS = 250; // and nobody types a dozen characters beside every field, ending in Enter
const QUIET_MS = 60;
const SHORTEST_CODE = 12;
const shortcuts = new Map();
let typed = "";
let last = -Infinity;
let pending;

export function onShortcut(key, act) {
  shortcuts.set(key, act);
}

export function submitScan(code) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/clinic/scan";
  form.hidden = true;
  const field = document.createElement("input");
  field.name = "code";
  field.value = code;
  form.append(field);
  document.body.append(form);
  form.requestSubmit();
}

const isField = (target) =>
  target instanceof Element &&
  target.closest("textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=file])");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog:modal")) return;
  const gap = event.timeStamp - last;
  last = event.timeStamp;
  clearTimeout(pending);
  if (isField(event.target)) {
    // The scan page's field took the focus in the middle of a code: its beginning belongs there too.
    if (gap < SCANNER_MS && event.target.form?.id === "scan") event.target.value = typed + event.target.value;
    typed = "";
    return;
  }
  if (event.key === "Enter") {
    const code = typed;
    typed = "";
    if (code.length >= SHORTEST_CODE) {
      event.preventDefault();
      submitScan(code);
    }
    return;
  }
  if (event.key.length === 1) typed = gap < SCANNER_MS ? typed + event.key : event.key;
  if (!shortcuts.has(event.key)) return;
  if (event.key === "/") event.preventDefault(); // else the browser's own search, or the key itself
  if (gap >= BURST_MS || event.key.length > 1) pending = setTimeout(shortcuts.get(event.key), QUIET_MS);
});

const scan = document.querySelector("a[data-scan], a[data-close]");
if (scan) onShortcut("s", () => location.assign(scan.href));
