// Signs in with a passkey, or makes one, where the browser knows them; the forms work without.
const form = document.querySelector("[data-passkey]");
const problem = form.querySelector("[role=alert]");
const isName = !/^[\d.]+$|:/.test(location.hostname); // passkeys belong to names, not to numbers

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const text = (buffer) =>
  buffer &&
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

const sign = async (options) => {
  for (const known of options.allowCredentials ?? []) known.id = bytes(known.id);
  const given = await navigator.credentials.get({ publicKey: options });
  const { authenticatorData, clientDataJSON, signature, userHandle } = given.response;
  return [given, { authenticatorData, clientDataJSON, signature, userHandle }];
};

const make = async (options) => {
  for (const known of options.excludeCredentials ?? []) known.id = bytes(known.id);
  options.user.id = bytes(options.user.id);
  const given = await navigator.credentials.create({ publicKey: options });
  const { clientDataJSON, attestationObject } = given.response;
  return [given, { clientDataJSON, attestationObject }];
};

async function ask() {
  problem.hidden = true;
  try {
    const asked = await fetch(form.dataset.passkey, { method: "POST", credentials: "same-origin" });
    if (!asked.ok) throw new Error(asked.status);
    const options = await asked.json();
    options.challenge = bytes(options.challenge);
    const [given, answer] = await (form.hasAttribute("data-makes") ? make : sign)(options);
    form.elements.credential.value = JSON.stringify({
      id: given.id,
      rawId: text(given.rawId),
      type: given.type,
      clientExtensionResults: given.getClientExtensionResults(),
      response: Object.fromEntries(Object.entries(answer).map(([name, buffer]) => [name, text(buffer)])),
    });
    form.submit();
  } catch {
    problem.hidden = false;
  }
}

if (window.PublicKeyCredential && isName) {
  form.hidden = false;
  form.querySelector("button").addEventListener("click", ask);
}
