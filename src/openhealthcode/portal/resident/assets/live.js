// Lets a request rise over whatever page is open, the moment a clinician asks.
// The events say only that something happened; the page then asks what. When events fail, it polls.
import { follow } from "./request.js";

const sheet = document.querySelector("#sheet");
const QUIET_POLL = 60_000;
const BROKEN_POLL = 4_000;
const putOff = new Set(); // requests the resident chose to answer later
let poll;

async function look() {
  if (document.hidden) return;
  let answer;
  try {
    answer = await fetch(sheet.dataset.waiting, { credentials: "same-origin" });
  } catch {
    return;
  }
  if (answer.status === 401) return location.reload();
  if (answer.status === 204) return sheet.open && over();
  if (answer.ok && !answer.redirected) rise(await answer.text());
}

function rise(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // our own server's page part, escaped there
  const next = holder.content.querySelector(".request");
  const present = sheet.querySelector(".request");
  if (!next || putOff.has(next.dataset.request)) return;
  if (sheet.open && present?.dataset.request === next.dataset.request) return;
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

sheet.addEventListener("close", () => {
  const request = sheet.querySelector(".request");
  if (request) putOff.add(request.dataset.request);
});

function every(milliseconds) {
  clearInterval(poll);
  poll = setInterval(look, milliseconds);
}

const events = new EventSource(sheet.dataset.live);
events.addEventListener("change", look);
events.addEventListener("open", () => every(QUIET_POLL));
events.addEventListener("error", () => every(BROKEN_POLL));
document.addEventListener("visibilitychange", look);
addEventListener("pagehide", () => events.close());
every(BROKEN_POLL);
look();
