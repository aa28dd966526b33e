// Brings the region's alarm to whatever page is open; what was typed there stays.
const place = document.querySelector("[data-alarm]");
const title = document.title;
const MISSED_POLL = 60_000; // what a lost connection may have swallowed

async function look() {
  let answer;
  try {
    answer = await fetch(place.dataset.alarm, { credentials: "same-origin", redirect: "error" });
  } catch {
    return; // signed out, or no connection: the next turn asks again
  }
  if (!answer.ok) return;
  const html = (await answer.text()).trim();
  if (html !== place.innerHTML.trim()) place.innerHTML = html; // our own server's page part, escaped there
  mark();
}

function mark() {
  document.title = place.querySelector(".alarm") ? `⚠ ${title}` : title;
}

const events = new EventSource(place.dataset.live);
events.addEventListener("change", look);
addEventListener("pagehide", () => events.close());
setInterval(look, MISSED_POLL);
mark();
