// An emergency summary that somebody carries, checked with the region's published key. The same rules as
// the page that is kept for this (public/summary_offline.html).
const FORMAT = "openhealthcode-emergency-summary-1";
const DAY = /^(made|until) \d{4}-\d\d-\d\d$/;

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const same = (a, b) => a.length === b.length && a.every((value, place) => value === b[place]);

export const isSummary = (text) => text.trimStart().startsWith(FORMAT);

function published(written) {
  const [name, id, ...rest] = written.split("+");
  const keyId = Uint8Array.from(id.match(/../g), (pair) => Number.parseInt(pair, 16));
  return { name, keyId, key: bytes(rest.join("+")).slice(1) };
}

async function opened(note, written) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0) return null;
  const text = note.slice(0, cut + 1);
  const mine = published(written);
  const key = await crypto.subtle.importKey("raw", mine.key, "Ed25519", false, ["verify"]);
  let isSigned = false;
  for (const line of note.slice(cut + 2, -1).split("\n")) {
    const [mark, name, code] = line.split(" ");
    const signature = bytes(code);
    if (mark !== "\u2014" || !name || signature.length <= 4) return null;
    if (name !== mine.name || !same(signature.slice(0, 4), mine.keyId)) continue;
    if (!(await crypto.subtle.verify("Ed25519", key, signature.slice(4), new TextEncoder().encode(text)))) return null;
    isSigned = true;
  }
  return isSigned ? text.trimEnd().split("\n") : null;
}

// What it says and whether it is past its time; nothing if it cannot be believed.
export async function readSummary(text, key) {
  const note = `${text.replaceAll("\r\n", "\n").trim()}\n`;
  const [format, made, until, ...lines] = (await opened(note, key).catch(() => null)) ?? [];
  if (format !== FORMAT || !DAY.test(made) || !DAY.test(until) || !lines.length) return null;
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());
  return { made: made.slice(5), until: until.slice(6), lines, isOld: today < made.slice(5) || today >= until.slice(6) };
}
