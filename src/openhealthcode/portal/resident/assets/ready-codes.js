// On the page about codes without network: how many this phone has ready, and until when.
import { all, drop, fact } from "./kept-codes.js";
import { now } from "./offline-code.js";
import { beReady, isPossible } from "./refill.js";

const place = document.querySelector("[data-ready]");
const FAR = 30; // seconds a phone's clock may be off before it is told

async function tell() {
  const ready = (await all()).filter((one) => one.until > now());
  const clock = Math.abs((await fact("clock")) ?? 0);
  const until = ready.length ? Math.min(...ready.map((one) => one.until)) : 0;
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long" });
  const said = ready.length ? place.dataset.ready : place.dataset.none;
  place.textContent = said.replace("{count}", ready.length).replace("{day}", day.format(new Date(until * 1000)));
  document.querySelector("[data-until]")?.setAttribute("hidden", "");
  document.querySelector("[data-clock]").hidden = clock <= FAR;
}

async function show() {
  if (!isPossible) {
    place.textContent = place.dataset.impossible;
    return;
  }
  if (place.dataset.session && place.hasAttribute("data-taken-back")) {
    await drop(() => true);
    const { session, page, wanted } = place.dataset;
    await beReady({ session, page, wanted }).catch(() => {});
  }
  await tell();
}

document.addEventListener("codes-ready", tell);
show();
