// Keeps the health code fresh: a new one before the old expires, swapped in whole so nothing flickers.
// Without this script the page reloads itself instead.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const bar = document.querySelector(".minute > i");
const left = document.querySelector("[data-left]");
const offline = document.querySelector("[data-offline]");
let shown = document.querySelector(".qr");
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
    const next = holder.content.querySelector(".qr");
    shown.replaceWith(next);
    shown = next;
    since = asked;
  } catch {
    // stays as it is until it expires; the next second tries again
  } finally {
    fetching = false;
  }
  draw();
}

function draw() {
  const rest = Math.max(0, Math.ceil(seconds("seconds") - age()));
  const expired = rest === 0;
  shown.toggleAttribute("data-expired", expired);
  offline.hidden = !expired;
  left.textContent = expired ? "" : "\u00a0· " + left.dataset.left.replace("{seconds}", rest);
  const share = calm.matches ? Math.ceil(rest / 10) * 10 : seconds("seconds") - age();
  bar.style.transform = `scaleX(${Math.max(0, Math.min(1, share / seconds("seconds")))})`;
}

function tick() {
  if (age() >= seconds("refresh")) renew();
  draw();
}

bar.style.transition = calm.matches ? "none" : "transform 1s linear";
document.addEventListener("visibilitychange", () => !document.hidden && tick());
addEventListener("online", renew);
// a scan has spent the code on show
document.addEventListener("code-spent", renew);
setInterval(tick, 1000);
draw();
