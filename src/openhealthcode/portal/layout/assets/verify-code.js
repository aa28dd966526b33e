// What a desk without network checks of a code, in the order of docs/health-code-format.md; the same
// answers as healthcode/signed/verify.py. What passes yields region, handle and capabilities, no person.
import { read, Refused, typeOf } from "./code-format.js";
import { isSigned } from "./signature-check.js";
import { freshness, isRevoked, issuerNamed } from "./trust-list.js";

const BACKWARD = 60;
const FORWARD = 120;
const COUNTER_SECONDS = 60;
const TEMPORARY_DAYS = 7;
const DAY = 86400;
export const IDENTIFY = 1;

// Names what is no signed code of a person; the fuller table is the server's.
const FOREIGN = [
  ["online-code", /^851\d{82}$/],
  ["counter-code", /^854\d{254}$/],
  ["other-health-code", /^855\d{21}$/],
  ["national-health-card", /^[0-9a-f]{64}:(1|9|0:[0-9a-f]{32})$/i],
  ["wechat-payment", /^1[0-5]\d{16}$/],
  ["alipay-payment", /^(2[5-9]|30)\d{14,22}$/],
  ["unionpay-payment", /^62\d{17}$/],
  ["smart-health-card", /^shc:\//i],
  ["smart-health-link", /^(https?:\/\/\S+#)?shlink:\//i],
  ["covid-certificate", /^HC1:/i],
  ["web-address", /^(https?:\/\/|www\.)\S+$/i],
];
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

function isNationalId(text) {
  if (!/^\d{17}[\dXx]$/.test(text)) return false;
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(text[place]), 0);
  if ("10X98765432"[sum % 11] !== text[17].toUpperCase()) return false;
  const day = text.slice(6, 14).replace(/(\d{4})(\d\d)(\d\d)/, "$1-$2-$3");
  const born = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(born.valueOf()) && born.toISOString().startsWith(day) && day >= "1900" && born <= new Date();
}

export function foreignKind(text) {
  if (isNationalId(text)) return "national-id";
  return FOREIGN.find(([, pattern]) => pattern.test(text))?.[0] ?? "";
}

async function check(signed) {
  if (!(await signed)) throw new Refused("signature-untrusted");
}

function checkMoment(shownAt, now, forward) {
  if (now - shownAt >= forward) throw new Refused("code-expired");
  if (shownAt - now > BACKWARD) throw new Refused("code-early");
}

function checkFreshness(list, now, issuer = null) {
  if (freshness(list, now, issuer) === "over") throw new Refused("trust-list-stale");
}

const isMarked = (list, now, issuer) => freshness(list, now, issuer) === "marked";

function issuerOf(code, list, dated, now) {
  const issuer = issuerNamed(list, code.origin, now);
  // a key that stopped signing vouches only for what it signed before
  if (dated !== null && dated >= issuer.signsUntil) throw new Refused("issuer-untrusted");
  return issuer;
}

async function shown(code, list, now, replays, challenge) {
  const issuer = issuerOf(code, list, code.notBefore, now);
  await check(isSigned(issuer.suite, issuer.publicKey, ...code.certified));
  await check(isSigned(1, code.deviceKey, code.signature, code.signed(challenge)));
  checkMoment(code.shownAt, now, FORWARD);
  if (code.shownAt < code.notBefore || code.shownAt >= code.notAfter) throw new Refused("code-lapsed");
  checkFreshness(list, now, issuer);
  if (isRevoked(list, issuer.keyId, code.index)) throw new Refused("code-revoked");
  if (!(await replays.take(code.handle, code.notAfter + FORWARD, now))) throw new Refused("code-replayed");
  const { capabilities, purposes, notAfter } = code;
  return { capabilities, purposes, until: notAfter, isMarked: isMarked(list, now, issuer) };
}

async function carried(code, list, now) {
  const issuer = issuerOf(code, list, null, now);
  await check(isSigned(issuer.suite, issuer.publicKey, code.signature, code.signed()));
  if (now >= code.until) throw new Refused("code-lapsed");
  if (code.type === "F" && code.until > now + (TEMPORARY_DAYS + 1) * DAY) throw new Refused("code-early");
  checkFreshness(list, now, issuer);
  if (isRevoked(list, issuer.keyId, code.index)) throw new Refused("code-revoked");
  return { capabilities: IDENTIFY, purposes: 1, until: code.until, isMarked: isMarked(list, now, issuer) };
}

// Without blanks, and with the digits of an input method told as plain ones.
export function tidied(text) {
  return text.replace(/\s/g, "").replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0));
}

// Checks what was scanned. `now` in seconds since 1970; `replays.take(handle, until, now)` answers once
// true for each handle. Throws Refused with the code of what failed first.
export async function verifyCode(text, list, now, replays, challenge = new Uint8Array()) {
  const digits = tidied(text);
  const type = typeOf(digits);
  if (!type || type === "D") {
    const kind = foreignKind(digits);
    throw kind ? new Refused("code-foreign", kind) : new Refused("code-unreadable");
  }
  checkFreshness(list, now);
  const code = read(digits);
  const found = type === "B" ? await shown(code, list, now, replays, challenge) : await carried(code, list, now);
  const { region } = code.origin;
  return { type, region, handle: code.handle, evidence: digits, ...found };
}

// What a phone checks before it answers a counter's code.
export async function verifyCounter(text, list, now) {
  const digits = tidied(text);
  if (typeOf(digits) !== "D") throw new Refused("code-unreadable");
  const code = read(digits);
  checkFreshness(list, now);
  const issuer = issuerOf(code, list, code.shownAt, now);
  await check(isSigned(issuer.suite, issuer.publicKey, code.signature, code.signed()));
  checkMoment(code.shownAt, now, COUNTER_SECONDS);
  return code;
}
