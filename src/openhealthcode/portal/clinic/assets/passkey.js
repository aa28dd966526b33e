// Signs in with a passkey where the browser knows them; the password form works without.
const form = document.querySelector("[data-passkey]");
const problem = form.querySelector("[role=alert]");

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

async function signIn() {
  problem.hidden = true;
  try {
    const asked = await fetch(form.dataset.passkey, { method: "POST", credentials: "same-origin" });
    if (!asked.ok) throw new Error(asked.status);
    const options = await asked.json();
    options.challenge = bytes(options.challenge);
    for (const known of options.allowCredentials ?? []) known.id = bytes(known.id);
    const given = await navigator.credentials.get({ publicKey: options });
    form.elements.credential.value = JSON.stringify({
      id: given.id,
      rawId: text(given.rawId),
      type: given.type,
      clientExtensionResults: given.getClientExtensionResults(),
      response: {
        authenticatorData: text(given.response.authenticatorData),
        clientDataJSON: text(given.response.clientDataJSON),
        signature: text(given.response.signature),
        userHandle: given.response.userHandle && text(given.response.userHandle),
      },
    });
    form.submit();
  } catch {
    problem.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  form.hidden = false;
  form.querySelector("button").addEventListener("click", signIn);
}
