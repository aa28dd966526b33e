// Opens a SMART Health Link: the text after # never leaves the browser, and what it opens is decrypted here.

const form = document.querySelector("#open");
const problem = document.querySelector("#problem");
const shown = document.querySelector("#shown");
const pasted = document.querySelector("#link");
const sentences = Object.fromEntries(
  [...document.querySelector("#sentences").content.querySelectorAll("[data-name]")].map((one) => [one.dataset.name, one.textContent]),
);
const MOST_BYTES = 4 << 20;

const say = (name, values = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), sentences[name]);

function fail(name, values) {
  problem.textContent = say(name, values);
  problem.hidden = false;
}

function bytes(text) {
  const whole = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(whole, (letter) => letter.charCodeAt(0));
}

function read(text) {
  const at = text.indexOf("shlink:/");
  if (at < 0 || text.length > 4096) return null;
  try {
    const link = JSON.parse(new TextDecoder().decode(bytes(text.slice(at + 8).trim())));
    const flags = link.flag ?? "";
    const key = bytes(link.key);
    if (typeof link.url !== "string" || key.length !== 32 || (link.v ?? 1) !== 1 || typeof flags !== "string") return null;
    return { address: new URL(link.url), key, flags, label: String(link.label ?? "").slice(0, 80), exp: link.exp };
  } catch {
    return null;
  }
}

let link = read(decodeURIComponent(location.hash));

function prepare() {
  document.querySelector("#pasted").hidden = link !== null;
  const label = document.querySelector("#label");
  label.hidden = !link?.label;
  label.querySelector("strong").textContent = link?.label ?? "";
  document.querySelector("#passcode-field").hidden = !link?.flags.includes("P");
  if (link?.exp && link.exp * 1000 < Date.now()) fail("expired");
  form.hidden = false;
}

async function inflated(data) {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const parts = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST_BYTES) throw new Error("too large");
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// Compact JWE, "dir" and A256GCM: the header is what else is authenticated, the tag stands last.
async function decrypted(jwe, key) {
  const parts = jwe.split(".");
  if (parts.length !== 5 || parts[1]) throw new Error("no file");
  const header = JSON.parse(new TextDecoder().decode(bytes(parts[0])));
  if (header.alg !== "dir" || header.enc !== "A256GCM" || header.crit) throw new Error("another form");
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const [nonce, text, tag] = [parts[2], parts[3], parts[4]].map(bytes);
  const sealed = new Uint8Array([...text, ...tag]);
  const additionalData = new TextEncoder().encode(parts[0]);
  const open = await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData, tagLength: 128 }, imported, sealed);
  const content = header.zip === "DEF" ? await inflated(new Uint8Array(open)) : new Uint8Array(open);
  return { content: new TextDecoder().decode(content), type: header.cty ?? "" };
}

async function fetched(recipient, passcode) {
  if (link.flags.includes("U")) {
    const address = new URL(link.address);
    address.searchParams.set("recipient", recipient);
    const answer = await fetch(address, { credentials: "omit" });
    return answer.ok ? [await answer.text()] : refused(answer);
  }
  const answer = await fetch(link.address, {
    method: "POST",
    credentials: "omit",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ recipient, ...(passcode ? { passcode } : {}) }),
  });
  if (!answer.ok) return refused(answer);
  const { files } = await answer.json();
  return Promise.all(files.map(async (one) => one.embedded ?? (await fetch(one.location, { credentials: "omit" })).text()));
}

async function refused(answer) {
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) fail("problem-passcode", { count: told.remainingAttempts });
  else fail({ 404: "problem-over", 429: "problem-many", 400: "problem-who" }[answer.status] ?? "problem-network");
  return null;
}

function line(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

// Narrative of a document is read as text only: nothing of it becomes markup here.
function lines(narrative) {
  const parsed = new DOMParser().parseFromString(narrative, "text/html");
  const items = [...parsed.querySelectorAll("li")].map((one) => one.textContent.trim());
  return items.length ? items : [parsed.body.textContent.trim()];
}

function entryLine(resource) {
  const concept = resource.code ?? resource.vaccineCode ?? resource.medicationCodeableConcept ?? {};
  const words = concept.text ?? concept.coding?.[0]?.display ?? concept.coding?.[0]?.code ?? resource.resourceType;
  const value = resource.valueQuantity ? `${resource.valueQuantity.value} ${resource.valueQuantity.unit ?? ""}` : (resource.valueString ?? "");
  const when = resource.occurrenceDateTime ?? resource.effectiveDateTime ?? resource.onsetDateTime ?? resource.recordedDate ?? resource.date ?? "";
  return [words, value, String(when).slice(0, 10)].filter(Boolean).join(" · ");
}

function whose(resources) {
  const person = resources.find((one) => one.resourceType === "Patient");
  const name = person?.name?.[0];
  const called = name?.text ?? [...(name?.given ?? []), name?.family ?? ""].join(" ");
  document.querySelector("#who").textContent = say("of", { name: called ?? "", born: person?.birthDate ?? "" });
}

async function showCard(jws, content) {
  const payload = await inflated(bytes(jws.split(".")[1]));
  const resources = JSON.parse(new TextDecoder().decode(payload)).vc.credentialSubject.fhirBundle.entry.map((one) => one.resource);
  whose(resources);
  const list = document.createElement("ul");
  list.append(...resources.filter((one) => one.resourceType !== "Patient").map((one) => line("li", entryLine(one))));
  content.append(list);
}

function showBundle(bundle, content) {
  const resources = (bundle.entry ?? []).map((one) => one.resource);
  whose(resources);
  const composition = resources.find((one) => one.resourceType === "Composition");
  if (!composition) {
    const list = document.createElement("ul");
    list.append(...resources.filter((one) => one.resourceType !== "Patient").map((one) => line("li", entryLine(one))));
    content.append(list);
    return;
  }
  for (const section of composition.section ?? []) {
    content.append(line("h3", section.title));
    const list = document.createElement("ul");
    list.append(...lines(section.text?.div ?? "").map((one) => line("li", one)));
    content.append(list);
  }
}

async function show(files) {
  const content = document.querySelector("#content");
  content.replaceChildren();
  let last = "";
  let isCard = false;
  for (const file of files) {
    const opened = await decrypted(file, link.key);
    last = opened.content;
    const told = JSON.parse(opened.content);
    if (Array.isArray(told.verifiableCredential)) {
      isCard = true;
      for (const jws of told.verifiableCredential) await showCard(jws, content);
    } else {
      showBundle(told, content);
    }
  }
  document.querySelector("#vouched").textContent = say(isCard ? "card" : "unverified");
  document.querySelector("#save").href = URL.createObjectURL(new Blob([last], { type: "application/json" }));
  form.hidden = true;
  shown.hidden = false;
  shown.querySelector("h2").tabIndex = -1;
  shown.querySelector("h2").focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  link ??= read(pasted.value);
  if (!link) return fail("problem-link");
  if (link.address.origin !== location.origin) return fail("problem-elsewhere", { host: link.address.host });
  if (link.flags.includes("P") && document.querySelector("#passcode-field").hidden) return prepare();
  let files;
  try {
    files = await fetched(form.elements.recipient.value, form.elements.passcode.value);
  } catch {
    return fail("problem-network");
  }
  if (!files) return;
  try {
    await show(files);
  } catch {
    fail("problem-key");
  }
});

addEventListener("hashchange", () => {
  link = read(decodeURIComponent(location.hash));
  problem.hidden = true;
  prepare();
});
prepare();
