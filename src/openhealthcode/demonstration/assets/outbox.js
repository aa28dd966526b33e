// Shows a message as soon as it has arrived, without moving what is being read.
const shown = document.querySelector("[data-messages]");

async function look() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector("[data-messages]");
  if (next && next.innerHTML !== shown.innerHTML) shown.replaceChildren(...next.childNodes);
}

setInterval(look, 3000);
