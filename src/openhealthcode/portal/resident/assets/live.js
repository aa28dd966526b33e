// Lets a request rise over whatever page is open, the moment a clinician asks.
// The events say only that something happened; the page then asks what. When events fail, it polls.
import { follow } from "./request.js";

const sheet = document.querySelector("#sheet");
const QUIET_POLL = 60_000;
const BROKEN_POLL = 4_000;
const known = new Set(); // requests this page has shown: on the sheet now, or put off by the resident
let poll;
let leaving = false; // a form of ours is on its way: its answer is the page to show
let period;

async function look(event) {
  if (document.hidden || leaving) return;
  let answer;
  try {
    const query = [...known].map((request) => `known=${request}`).join("&");
    answer = await fetch(`${sheet.dataset.waiting}?${query}`, { credentials: "same-origin" });
  } catch {
    return;
  }
  if (leaving) return;
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const html = answer.status === 204 ? "" : await answer.text();
  if (html) rise(html);
  else if (sheet.open) answer.status === 204 && over();
  else if (event?.type === "change" && document.querySelector("[data-reload]")) location.reload();
}

function rise(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // our own server's page part, escaped there
  const next = holder.content.querySelector(".request");
  if (!next || known.has(next.dataset.request)) return;
  known.add(next.dataset.request);
  sheet.replaceChildren(holder.content);
  follow(next);
  sheet.querySelector("[data-later]").addEventListener("click", () => sheet.close());
  if (!sheet.open) sheet.showModal();
  sheet.querySelector("h1").focus();
  sheet.scrollTop = 0;
  document.dispatchEvent(new Event("code-spent"));
}

function over() {
  if (sheet.querySelector(".request")?.dataset.sent) return; // our own answer ended it
  sheet.close();
  location.reload();
}

function every(milliseconds) {
  if (period === milliseconds) return; // a failing connection reports often: do not start over
  period = milliseconds;
  clearInterval(poll);
  poll = setInterval(look, milliseconds);
}

const events = new EventSource(sheet.dataset.live);
events.addEventListener("begun", look); // whatever happened while nobody listened
events.addEventListener("change", look);
events.addEventListener("open", () => every(QUIET_POLL));
events.addEventListener("error", () => every(BROKEN_POLL));
document.addEventListener("visibilitychange", look);
addEventListener("submit", (event) => (leaving = !event.defaultPrevented));
addEventListener("pageshow", () => (leaving = false));
addEventListener("pagehide", () => events.close());
every(BROKEN_POLL);
