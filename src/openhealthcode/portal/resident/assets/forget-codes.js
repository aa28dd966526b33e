// Nobody is signed in here: no key, no certificate and no page that would show one is left on the phone.
import { forget } from "./kept-codes.js";

if (globalThis.indexedDB) forget().catch(() => {});
if (globalThis.caches) caches.delete("health-code").catch(() => {});
navigator.serviceWorker
  ?.getRegistrations()
  .then((all) => all.filter((one) => new URL(one.scope).pathname === "/").forEach((one) => one.unregister()))
  .catch(() => {});
