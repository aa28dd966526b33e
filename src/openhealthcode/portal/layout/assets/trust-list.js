// The signed list of issuers that are believed, and of the codes they took back, as kept in a browser.
// Format: docs/health-code-format.md; the same rules as trust/trust_list.py.
import { hex, Refused, unhex } from "./code-format.js";
import { isSigned, sha256 } from "./signature-check.js";

const LIFETIME = 7 * 86400;
const GRACE = 72 * 3600;
const AHEAD = 300;
const LARGEST_BITS = 1 << 20;
const MOST_SIGNATURES = 32;
const DEEPEST = 6;
const UNSUITABLE = "trust-list-unsuitable";
const NATIONAL = "national";
const ALGORITHMS = { 1: -7, 2: -8 };
const TOKEN_TYPE = "application/statuslist+cwt";
const LABEL = new TextEncoder().encode("OHC-trust-list-v1");

// --- CBOR as far as lists and tokens need it; a number has one form, and no key occurs twice ---
function reader(data, isOrdered) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let place = 0;
  const take = (count) => {
    if (place + count > data.length) throw new Refused(UNSUITABLE);
    place += count;
    return place - count;
  };
  function argument(low) {
    if (low < 24) return low;
    const size = { 24: 1, 25: 2, 26: 4, 27: 8 }[low];
    if (!size) throw new Refused(UNSUITABLE);
    const at = take(size);
    const found =
      size === 8 ? Number(view.getBigUint64(at)) : view[{ 1: "getUint8", 2: "getUint16", 4: "getUint32" }[size]](at);
    const least = { 1: 24, 2: 256, 4: 65536, 8: 4294967296 }[size];
    if (found < least || !Number.isSafeInteger(found)) throw new Refused(UNSUITABLE);
    return found;
  }
  const bytes = (count) => {
    const from = take(count);
    return data.subarray(from, from + count);
  };
  function map(count, depth) {
    const found = new Map();
    let before = "";
    for (let one = 0; one < count; one++) {
      const from = place;
      const read = item(depth);
      const written = hex(data.subarray(from, place));
      const key = read instanceof Uint8Array ? hex(read) : read;
      const isAfter = written.length > before.length || (written.length === before.length && written > before);
      if ((isOrdered && !isAfter) || found.has(key) || typeof key === "object") throw new Refused(UNSUITABLE);
      before = written;
      found.set(key, item(depth));
    }
    return found;
  }
  function item(depth = 0) {
    if (depth > DEEPEST) throw new Refused(UNSUITABLE);
    const head = data[take(1)];
    const value = argument(head & 31);
    switch (head >> 5) {
      case 0:
        return value;
      case 1:
        return -1 - value;
      case 2:
        return bytes(value);
      case 3:
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes(value));
      case 4:
        if (value > data.length) throw new Refused(UNSUITABLE);
        return Array.from({ length: value }, () => item(depth + 1));
      case 5:
        return map(value, depth + 1);
      case 6:
        return { tag: value, value: item(depth + 1) };
      default:
        throw new Refused(UNSUITABLE);
    }
  }
  return { item, isOver: () => place === data.length };
}

function decoded(data, { isOrdered = true } = {}) {
  try {
    const reading = reader(data, isOrdered);
    const found = reading.item();
    if (reading.isOver()) return found;
  } catch {
    // told below: damaged
  }
  throw new Refused(UNSUITABLE);
}

// --- the bits of a Token Status List: ZLIB, at most a megabyte of them ---
export async function unpacked(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const parts = [];
  let size = 0;
  try {
    for (const source = stream.getReader(); ; ) {
      const { done, value } = await source.read();
      if (done) break;
      size += value.length;
      if (size > LARGEST_BITS) {
        await source.cancel();
        throw new Refused(UNSUITABLE);
      }
      parts.push(value);
    }
  } catch {
    throw new Refused(UNSUITABLE);
  }
  if (!size) throw new Refused(UNSUITABLE);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function issuerOf(written) {
  if (!Array.isArray(written) || written.length !== 7) throw new Refused(UNSUITABLE);
  const [region, name, suite, publicKey, believedFrom, signsUntil, believedUntil] = written;
  const numbers = [region, suite, believedFrom, signsUntil, believedUntil];
  if (!numbers.every(Number.isInteger) || !(name instanceof Uint8Array) || !(publicKey instanceof Uint8Array))
    throw new Refused(UNSUITABLE);
  const keyId = hex(name);
  if (publicKey.length !== 33 || hex((await sha256(publicKey)).subarray(0, 4)) !== keyId)
    throw new Refused(UNSUITABLE);
  return { region, keyId, suite, publicKey, believedFrom, signsUntil, believedUntil };
}

async function bodyOf(data, roots) {
  const outer = decoded(data);
  const body = outer instanceof Map ? outer.get(1) : null;
  const signatures = body ? outer.get(2) : null;
  if (!(body instanceof Uint8Array) || !Array.isArray(signatures) || signatures.length > MOST_SIGNATURES)
    throw new Refused(UNSUITABLE);
  const covered = new Uint8Array(LABEL.length + body.length);
  covered.set(LABEL);
  covered.set(body, LABEL.length);
  const good = new Set();
  for (const [name, signature] of signatures.filter(Array.isArray)) {
    const root = name instanceof Uint8Array && roots.keys.find((one) => one.keyId === hex(name));
    if (root && signature instanceof Uint8Array && (await isSigned(root.suite, root.publicKey, signature, covered)))
      good.add(root.keyId);
  }
  if (roots.needed < 1 || good.size < roots.needed) throw new Refused(UNSUITABLE);
  return body;
}

// Reads a published list. `roots`: { needed, keys: [{ keyId, suite, publicKey }] }. An older list than
// `newest` is not taken back.
export async function readTrustList(data, roots, newest = 0) {
  const content = decoded(await bodyOf(data, roots));
  const [count, issuedAt, written, packed] = [1, 2, 4, 5].map((key) => content instanceof Map && content.get(key));
  if (!Number.isInteger(count) || !Number.isInteger(issuedAt) || !Array.isArray(written) || !(packed instanceof Map))
    throw new Refused(UNSUITABLE);
  if (count < newest) throw new Refused(UNSUITABLE);
  const issuers = new Map();
  const keyIds = new Set();
  for (const one of written) {
    const issuer = await issuerOf(one);
    if (keyIds.has(issuer.keyId)) throw new Refused(UNSUITABLE); // one's revocations would count for the other
    keyIds.add(issuer.keyId);
    issuers.set(`${issuer.region} ${issuer.keyId}`, issuer);
  }
  const revoked = new Map();
  for (const [keyId, bits] of packed) revoked.set(keyId, await unpacked(bits));
  return { number: count, issuedAt, issuers, revoked, asOf: new Map() };
}

// --- an issuer's own list of revoked codes: a CBOR Web Token in a COSE_Sign1 message ---
async function tokenOf(data, issuer) {
  const message = decoded(data, { isOrdered: false });
  const parts = message?.tag === 18 && Array.isArray(message.value) ? message.value : [];
  if (parts.length !== 4) throw new Refused(UNSUITABLE);
  const [protectedPart, , payload, signature] = parts;
  if (![protectedPart, payload, signature].every((one) => one instanceof Uint8Array)) throw new Refused(UNSUITABLE);
  const header = decoded(protectedPart, { isOrdered: false });
  const isRight = header instanceof Map && header.get(1) === ALGORITHMS[issuer.suite] && header.get(16) === TOKEN_TYPE;
  if (!isRight || !(await isSigned(issuer.suite, issuer.publicKey, signature, signedPart(protectedPart, payload))))
    throw new Refused("signature-untrusted");
  const claims = decoded(payload, { isOrdered: false });
  const told = claims instanceof Map ? claims.get(65533) : null;
  const [subject, expiresAt, issuedAt] = [2, 4, 6].map((key) => claims instanceof Map && claims.get(key));
  const name = `urn:openhealthcode:status:${String(issuer.region).padStart(6, "0")}:${issuer.keyId}`;
  if (subject !== name || !(told instanceof Map) || told.get("bits") !== 1 || !(issuedAt <= expiresAt))
    throw new Refused(UNSUITABLE);
  return { asOf: Math.min(issuedAt, expiresAt - LIFETIME - GRACE), bits: await unpacked(told.get("lst")) };
}

// Sig_structure of RFC 9052, 4.4
function signedPart(protectedPart, payload) {
  const head = (major, length) => {
    if (length < 24) return [major | length];
    if (length < 256) return [major | 24, length];
    if (length < 65536) return [major | 25, length >> 8, length & 255];
    return [major | 26, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  };
  const context = new TextEncoder().encode("Signature1");
  return Uint8Array.from([
    0x84,
    ...head(0x60, context.length),
    ...context,
    ...head(0x40, protectedPart.length),
    ...protectedPart,
    0x40,
    ...head(0x40, payload.length),
    ...payload,
  ]);
}

// --- everything a desk takes along, in one file (trust/offline_file.py) ---
const fromBase64 = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

async function authorityOf(told) {
  const keys = [];
  for (const { suite, public_key: written } of told.roots) {
    const publicKey = unhex(written);
    keys.push({ suite, publicKey, keyId: hex((await sha256(publicKey)).subarray(0, 4)) });
  }
  return { name: told.name, regions: told.regions ?? null, roots: { needed: told.needed, keys } };
}

// What one may believe of a file that came from one's own server: the national list, those of others
// for their own regions, and who was revoked. An older national list than `newest` is not taken back.
export async function readBundle(text, newest = 0) {
  let bundle;
  try {
    const read = JSON.parse(text);
    const authorities = await Promise.all(read.authorities.map(authorityOf));
    const lists = Object.entries(read.lists).map(([name, data]) => [name, fromBase64(data)]);
    const status = read.status.map((one) => ({ ...one, token: fromBase64(one.token) }));
    bundle = { authorities: new Map(authorities.map((one) => [one.name, one])), lists: new Map(lists), status };
  } catch {
    throw new Refused(UNSUITABLE);
  }
  const national = bundle.authorities.get(NATIONAL);
  if (!national || !bundle.lists.has(NATIONAL)) throw new Refused(UNSUITABLE);
  const merged = await readTrustList(bundle.lists.get(NATIONAL), national.roots, newest);
  await admit(merged, bundle);
  for (const { region, key_id: keyId, token } of bundle.status) {
    const issuer = merged.issuers.get(`${region} ${keyId}`);
    const read = issuer && (await tokenOf(token, issuer).catch(() => null)); // without one, all are revoked
    if (!read) continue;
    merged.revoked.set(keyId, read.bits);
    merged.asOf.set(keyId, Math.min(merged.asOf.get(keyId) ?? merged.issuedAt, read.asOf));
  }
  return merged;
}

// Nobody speaks for a region that the national list names, and no key passes for another.
async function admit(merged, bundle) {
  const taken = new Set([...merged.issuers.values()].map((one) => one.region));
  const keyIds = new Set([...merged.issuers.values()].map((one) => one.keyId));
  for (const [name, data] of bundle.lists) {
    const authority = bundle.authorities.get(name);
    const listed = authority?.regions && (await readTrustList(data, authority.roots).catch(() => null));
    if (!listed) continue;
    for (const [key, issuer] of listed.issuers) {
      const mayNotBe = !authority.regions.includes(issuer.region) || taken.has(issuer.region);
      if (mayNotBe || keyIds.has(issuer.keyId)) continue;
      keyIds.add(issuer.keyId);
      merged.issuers.set(key, issuer);
      merged.asOf.set(issuer.keyId, listed.issuedAt);
      if (listed.revoked.has(issuer.keyId)) merged.revoked.set(issuer.keyId, listed.revoked.get(issuer.keyId));
    }
  }
}

// "fresh", "marked" (identifies with a mark, pays nothing) or "over"; `now` in seconds since 1970. Of
// one issuer, what is known of it.
export function freshness(list, now, issuer = null) {
  const age = now - ((issuer && list.asOf.get(issuer.keyId)) ?? list.issuedAt);
  if (age >= -AHEAD && age <= LIFETIME) return "fresh";
  return age > LIFETIME && age <= LIFETIME + GRACE ? "marked" : "over";
}

export function issuerNamed(list, origin, now) {
  const found = list.issuers.get(`${origin.region} ${origin.keyId}`);
  if (!found || found.suite !== origin.suite || now < found.believedFrom || now >= found.believedUntil)
    throw new Refused("issuer-untrusted");
  return found;
}

// An index the list does not reach, or no list at all, counts as revoked.
export function isRevoked(list, keyId, index) {
  const bits = list.revoked.get(keyId);
  return !bits || index >= bits.length * 8 || Boolean((bits[index >> 3] >> (index & 7)) & 1);
}
