// Keeps the counter's code fresh: a new one before the old ends, swapped in whole.
// Without this script the page reloads itself instead.
const left = document.querySelector("[data-left]");
const offline = document.querySelector("[data-offline]");
let shown = document.querySelector(".counter-code");
let since = performance.now();
let fetching = false;

const seconds = (name) => Number(shown.dataset[name]);
const age = () => (performance.now() - since) / 1000;

async function renew() {
  if (fetching || document.hidden) return;
  fetching = true;
  const asked = performance.now();
  try {
    const answer = await fetch(shown.dataset.code, { credentials: "same-origin" });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text(); // our own server's SVG, under the page's policy
    const next = holder.content.querySelector(".counter-code");
    next.querySelector("details").open = shown.querySelector("details").open;
    shown.replaceWith(next);
    shown = next;
    since = asked;
  } catch {
    // stays as it is until it ends; the next second tries again
  } finally {
    fetching = false;
  }
}

function tick() {
  if (age() >= seconds("refresh")) renew();
  const rest = Math.max(0, Math.ceil(seconds("seconds") - age()));
  shown.toggleAttribute("data-expired", rest === 0);
  offline.hidden = rest > 0;
  left.textContent = rest ? `\u00a0· ${left.dataset.left.replace("{seconds}", rest)}` : "";
}

if (shown) {
  document.addEventListener("visibilitychange", () => !document.hidden && tick());
  addEventListener("online", renew);
  setInterval(tick, 1000);
  tick();
}
