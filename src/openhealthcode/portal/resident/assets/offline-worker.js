// Answers for this site when the network does not: the page that shows a code, and what it loads.
// Everything else goes to the network as if this were not here.
const KEPT = "health-code";
const PATIENCE = 8000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const kept = (request) => caches.match(request, { cacheName: KEPT }); // makes none where there is none

// The network; what was kept when there is none, when it takes too long, or when behind it nobody answers.
async function page(request) {
  const asked = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const answer = await Promise.race([asked, late]).catch(() => null);
  if (answer && ![502, 503, 504].includes(answer.status)) return answer;
  asked.catch(() => {});
  return (await kept("/offline")) ?? asked;
}

async function asset(request) {
  return (await kept(request)) ?? fetch(request); // an address names its content: it never grows old
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && (pathname === "/" || pathname === "/offline")) event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(asset(request));
});
