// Goes on by itself the moment the resident answers: by events, else by asking every few seconds.
const page = document.querySelector("[data-live]");
const since = page.querySelector("[data-since]");
const BROKEN_POLL = 2_000;
const QUIET_POLL = 20_000;
let poll;

async function look() {
  if (document.hidden) return; // nobody looks: the record opens when somebody does
  try {
    const answer = await fetch(page.dataset.state, { credentials: "same-origin" });
    if (answer.status !== 204) location.reload();
  } catch {
    // no connection: the next round tries again
  }
}

function every(milliseconds) {
  clearInterval(poll);
  poll = setInterval(look, milliseconds);
}

const events = new EventSource(page.dataset.live);
events.addEventListener("change", look);
events.addEventListener("open", () => every(QUIET_POLL));
events.addEventListener("error", () => every(BROKEN_POLL));
document.addEventListener("visibilitychange", look);
addEventListener("pagehide", () => events.close());
every(BROKEN_POLL);

const begun = performance.now() - Math.max(0, Date.now() - Date.parse(since.dataset.since));
setInterval(() => {
  const seconds = Math.max(0, Math.round((performance.now() - begun) / 1000));
  since.textContent = ` ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 1000);
look();
