// Goes on by itself when the clerk has checked the card, or says that the number has expired.
const line = document.querySelector("[data-wait]");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(line.dataset.wait, { credentials: "same-origin" });
    if (answer.status === 204) return;
    if (answer.redirected) location.assign(answer.url);
    else location.reload();
  } catch {
    // no connection: the next round tries again
  }
}

if (line) {
  line.hidden = false;
  setInterval(look, 2500);
  document.addEventListener("visibilitychange", look);
}
