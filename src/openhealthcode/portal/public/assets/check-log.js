// The page's side of checking a history: takes a file or fetches one's own, and says what was found.

import { Refused, check } from "./history.js";

const place = document.querySelector("#log-check");
const sentences = Object.fromEntries(
  [...document.querySelector("#log-sentences").content.querySelectorAll("[data-name]")].map((one) => [one.dataset.name, one.textContent]),
);
const answer = document.querySelector("#log-answer");
const keys = { log: place.dataset.log, receipts: place.dataset.receipts, policy: JSON.parse(place.dataset.policy) };
const KEPT = `ohc-log ${keys.log}`;
const MOST_SHOWN = 20;

const say = (name, values = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{${key}}`, value), sentences[name]);

function show(verdict, lines, isGood) {
  const title = document.createElement("strong");
  title.textContent = verdict;
  const list = document.createElement("ul");
  for (const line of lines) list.append(Object.assign(document.createElement("li"), { textContent: line }));
  answer.replaceChildren(title, list);
  answer.dataset.verdict = isGood ? "good" : "bad";
  answer.classList.toggle("problem", !isGood);
  answer.hidden = false;
}

function lines(result) {
  if (result.findings.length) {
    const told = result.findings.slice(0, MOST_SHOWN).map(({ kind, number }) => say(kind, { number }));
    const more = result.findings.length - MOST_SHOWN;
    return more > 0 ? [...told, say("more", { count: more })] : told;
  }
  const told = [say("contiguous", { count: result.events }), say("included", { size: result.size }), say("signed")];
  if (result.mapped) told.push(say("counted", { count: result.mapped }));
  if (result.lost) told.push(say("lost", { count: result.lost }));
  if (result.waiting) told.push(say("waiting", { count: result.waiting }));
  told.push(say(result.witnessed ? "cosigned" : "no-witnesses"));
  return told;
}

async function tell(file) {
  const began = performance.now();
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    const result = await check(file, keys, kept);
    const isGood = result.findings.length === 0;
    show(say(isGood ? "good" : "bad"), lines(result), isGood);
    if (isGood && result.keep) localStorage.setItem(KEPT, JSON.stringify(result.keep));
  } catch (problem) {
    const name = problem instanceof Refused ? "refused" : "cannot";
    show(say("bad"), [say(name)], false);
  }
  answer.dataset.milliseconds = String(Math.round(performance.now() - began));
}

document.querySelector("#log-file")?.addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (file) await tell(await file.text());
});

document.querySelector("#log-now")?.addEventListener("click", async ({ target }) => {
  target.disabled = true;
  try {
    const fetched = await fetch(place.dataset.history, { headers: { Accept: "application/json" } });
    if (!fetched.ok) throw new Error();
    await tell(await fetched.text());
  } catch {
    show(say("bad"), [say("not-fetched")], false);
  }
  target.disabled = false;
});

for (const one of document.querySelectorAll("[data-needs-script]")) one.hidden = false;
