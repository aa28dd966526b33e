// A code of type B: made of a certificate that was fetched ahead and the signature of its own key.
// Bytes: docs/health-code-format.md.
import { covered, read } from "../layout/code-format.js";
import { drop, keep, take } from "./kept-codes.js";

const EPOCH = Date.UTC(2020, 0, 1) / 1000;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const ES256 = { name: "ECDSA", hash: "SHA-256" };
const DIGITS = [0, 3, 5, 8, 10, 13, 15, 17];
const CERTIFICATE_BYTES = 131;

export const TREAT = 1;
export const SECONDS = 120; // how long a desk takes it
export const now = () => Math.floor(Date.now() / 1000);

export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
export const unbase64 = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

function number(value, count) {
  return Uint8Array.from({ length: count }, (_, place) => Math.floor(value / 256 ** (count - 1 - place)) % 256);
}

// --- digits, see healthcode/digits.py ---
function checkDigit(digits) {
  let state = 10;
  for (const digit of digits) state = (((state + Number(digit)) % 10 || 10) * 2) % 11;
  return String((11 - state) % 10);
}

export function digitsOf(prefix, data) {
  let body = "";
  for (let place = 0; place < data.length; place += 7) {
    const chunk = data.subarray(place, place + 7);
    const value = chunk.reduceRight((sum, one) => (sum << 8n) | BigInt(one), 0n);
    body += String(value).padStart(DIGITS[chunk.length], "0");
  }
  return prefix + checkDigit(prefix + body) + body;
}

// --- signatures: of the two that verify, the one a desk takes ---
function low(signature) {
  const s = signature.subarray(32).reduce((sum, one) => (sum << 8n) | BigInt(one), 0n);
  if (s <= ORDER >> 1n) return signature;
  let rest = ORDER - s;
  const lower = signature.slice();
  for (let place = 63; place >= 32; place--, rest >>= 8n) lower[place] = Number(rest & 255n);
  return lower;
}

// --- keys the phone makes; their private halves cannot be read, by this page neither ---
export async function newKey() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(P256, false, ["sign"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return { key: privateKey, point: joined([2 + (point[64] & 1)], point.subarray(1, 33)) };
}

const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);

// Keeps what the region sent for these keys, each beside its own.
export async function keepCertified(made, certificates) {
  const kept = made.map(({ key, point }, place) => {
    const certificate = certificates[place];
    if (certificate?.length !== CERTIFICATE_BYTES || !same(certificate.subarray(34, 67), point))
      throw new Error("a certificate of another key");
    const from = EPOCH + 3600 * (certificate[29] * 65536 + certificate[30] * 256 + certificate[31]);
    return { certificate, key, from, until: from + 3600 * certificate[32] };
  });
  await keep(kept);
}

export const dropLapsed = (at) => drop((one) => one.until <= at);

// Uses one certificate up. The text, or nothing when none is left.
export async function show(at, purposes = TREAT, challenge = new Uint8Array()) {
  const one = await take(at);
  if (!one) return null;
  const shown = joined(one.certificate, number(at - EPOCH, 4), [purposes], number(0, 3));
  const signature = new Uint8Array(await crypto.subtle.sign(ES256, one.key, covered("B", shown, challenge)));
  const text = digitsOf("852", joined(shown, low(signature)));
  read(text); // what this page cannot read itself is not shown to anybody
  return text;
}
