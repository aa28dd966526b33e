// Answers for the clinic's pages when the network does not: with the page that checks codes by itself.
// Everything else goes to the network as if this were not here.
const KEPT = "clinic-offline";
const SHELL = "/clinic/offline";
const PATIENCE = 8000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function kept(what) {
  return (await caches.open(KEPT)).match(what);
}

// The network, or nothing once it has failed, kept us waiting, or ended at a door nobody opens.
async function soon(request) {
  const asked = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const answer = await Promise.race([asked, late]);
    return answer && ![502, 503, 504].includes(answer.status) ? answer : null;
  } catch {
    return null;
  } finally {
    asked.catch(() => {});
  }
}

async function page(request) {
  return (await soon(request)) ?? (await kept(SHELL)) ?? Response.error();
}

// What was scanned into a page that lost its network is checked here: the part after # is sent nowhere.
async function scan(request) {
  const sent = new URLSearchParams(await request.clone().text());
  const answer = await soon(request);
  if (answer) return answer;
  if (!(await kept(SHELL))) return Response.error();
  return Response.redirect(`${SHELL}#${new URLSearchParams({ code: sent.get("code") ?? "", scene: sent.get("scene") ?? "" })}`, 303);
}

async function signOut(request) {
  await (await caches.open(KEPT)).delete(SHELL);
  return fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && pathname === "/clinic/sign-out") event.respondWith(signOut(request));
  else if (request.method === "POST" && pathname === "/clinic/scan") event.respondWith(scan(request));
  else if (request.method === "GET" && request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && pathname.startsWith("/static/"))
    event.respondWith(kept(request).then((found) => found ?? fetch(request)));
});
