// Checks a history (openhealthcode-history-2): contiguous, included, signed, cosigned, counted. Nothing is sent anywhere.
// Written apart from the program that makes histories. Formats: c2sp.org (signed-note, tlog-checkpoint,
// tlog-cosignature, tlog-policy), RFC 6962; docs/history-format.md.

const FORMAT = "openhealthcode-history-2";
const WITHOUT_MAPS = "openhealthcode-history-1";
const GRACE = 60_000_000n;
const CLOCK = 900_000_000n;
const FRESH = 86_400_000_000n;
const text = new TextEncoder();

// ── SHA-256 (FIPS 180-4): the browser's own answers one by one and later, twenty thousand times too slow ──

const K = new Uint32Array(64);
const START = new Uint32Array(8);
(() => {
  const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) >>> 0;
  for (let found = 0, n = 2; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(n));
    K[found] = fraction(Math.cbrt(n));
    found += 1;
  }
})();
const words = new Uint32Array(64);

function compress(state, view, at) {
  for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < 64; i += 1) {
    const a = words[i - 15];
    const b = words[i - 2];
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3];
  let e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0;
    d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

export function sha256(...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const padded = new Uint8Array((((size + 8) >> 6) + 1) << 6);
  let at = 0;
  for (const part of parts) {
    padded.set(part, at);
    at += part.length;
  }
  padded[size] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(size) * 8n);
  const state = START.slice();
  for (let block = 0; block < padded.length; block += 64) compress(state, view, block);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => digest.setUint32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

// ── bytes ──

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const hex = (data) => [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (base64) => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new Refused();
  const letters = atob(base64);
  const data = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) data[i] = letters.charCodeAt(i);
  return data;
};
const uuid = (written) => Uint8Array.from(written.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));

function big(number, size) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(number));
  return new Uint8Array(view.buffer).slice(8 - size);
}

function microseconds(moment) {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)$/.exec(moment);
  if (!parts) throw new Refused();
  return BigInt(Date.parse(`${parts[1]}Z`)) * 1000n + BigInt((parts[2] ?? "").padEnd(6, "0"));
}

export class Refused extends Error {}

// ── signed notes ──

async function keyOf(written, kind) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(written) ?? [];
  const data = bytes(encoded ?? "");
  const expected = sha256(text.encode(`${name}\n`), data).slice(0, 4);
  if (data[0] !== kind || data.length !== 33 || hex(expected) !== id) throw new Refused();
  const key = await crypto.subtle.importKey("raw", data.slice(1), { name: "Ed25519" }, false, ["verify"]);
  return { name, id: expected, key };
}

function apart(note) {
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || !note.endsWith("\n")) throw new Refused();
  const signatures = note.slice(at + 2, -1).split("\n").map((line) => {
    const parts = /^— (\S+) (\S+)$/.exec(line);
    if (!parts) throw new Refused();
    return { name: parts[1], data: bytes(parts[2]) };
  });
  return { text: note.slice(0, at + 1), signatures };
}

const by = (key, signatures) => signatures.filter((one) => one.name === key.name && same(one.data.slice(0, 4), key.id));

async function opened(note, key) {
  const { text: body, signatures } = apart(note);
  const mine = by(key, signatures);
  if (!mine.length) throw new Refused();
  for (const { data } of mine) {
    if (!(await crypto.subtle.verify("Ed25519", key.key, data.slice(4), text.encode(body)))) throw new Refused();
  }
  return body;
}

// When a witness says it saw a head, in seconds; null if it does not.
async function seenAt(note, key) {
  const { text: body, signatures } = apart(note);
  const mine = by(key, signatures);
  let latest = null;
  for (const { data } of mine) {
    const at = new DataView(data.slice(4, 12).buffer).getBigUint64(0);
    const said = text.encode(`cosignature/v1\ntime ${at}\n${body}`);
    if (!(await crypto.subtle.verify("Ed25519", key.key, data.slice(12), said))) throw new Refused();
    if (latest === null || at > latest) latest = at;
  }
  return latest;
}

// ── the policy: which witnesses have to have seen a head ──

async function witnessed(note, policy) {
  const seen = new Map([["none", true]]);
  let latest = null;
  for (const line of policy.split("\n")) {
    const [kind, name, ...rest] = line.trim().split(/[ \t]+/);
    if (kind === "witness") {
      const at = await seenAt(note, await keyOf(rest[0], 4));
      seen.set(name, at !== null);
      if (at !== null && (latest === null || at > latest)) latest = at;
    }
    if (kind === "group") {
      const members = rest.slice(1);
      const least = { any: 1, all: members.length }[rest[0]] ?? Number(rest[0]);
      seen.set(name, members.filter((member) => seen.get(member)).length >= least);
    }
    if (kind === "quorum") return { enough: seen.get(name) === true, latest };
  }
  throw new Refused();
}

export const asksForWitnesses = (policy) => !/^\s*quorum\s+none\s*$/m.test(policy);

// ── events and the tree ──

function commitment(resident, event) {
  const parts = [text.encode("OHC-event-1"), uuid(resident), big(event.number, 8), big(microseconds(event.at), 8)];
  for (const name of ["action", "outcome", "purpose", "scene", "agent_kind"]) {
    const said = text.encode(event[name] ?? "");
    if (said.length > 255) throw new Refused();
    parts.push(new Uint8Array([said.length]), said);
  }
  parts.push(new Uint8Array([16]), uuid(event.agent));
  if (event.institution) parts.push(new Uint8Array([16]), uuid(event.institution));
  else parts.push(new Uint8Array([0]));
  return sha256(bytes(event.salt), ...parts, bytes(event.detail));
}

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

// Whether paths lead to the root. What a proven path passed is proven too: the next one climbs only as far as there.
function climber(size, root) {
  const proven = new Map();
  const at = (level, place) => level * 2 ** 48 + place;
  return (leaf, index, path) => {
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
    let [place, last, level, hash] = [index, size - 1, 0, sha256(LEAF, leaf)];
    const passed = [];
    for (const step of path) {
      const known = proven.get(at(level, place));
      if (known) break;
      if (last === 0) return false;
      const isRight = place % 2 === 1 || place === last;
      const sibling = bytes(step);
      if (sibling.length !== 32) return false;
      passed.push([at(level, place), hash]);
      if (isRight && place % 2 === 0) while (place % 2 === 0 && place) [place, last, level] = [place / 2, Math.floor(last / 2), level + 1];
      passed.push([at(level, isRight ? place - 1 : place + 1), sibling]);
      hash = isRight ? sha256(NODE, sibling, hash) : sha256(NODE, hash, sibling);
      [place, last, level] = [Math.floor(place / 2), Math.floor(last / 2), level + 1];
    }
    const known = proven.get(at(level, place)) ?? (last === 0 ? root : null);
    if (!known || !same(known, hash)) return false;
    for (const [where, what] of passed) proven.set(where, what);
    return true;
  };
}

// ── the daily maps: how many events this log had at the end of each day ──

const MAP_PREFIX = new Uint8Array([2]);
const MAP_NODE = new Uint8Array([3]);
const DAY = 86_400_000;
const DUE_AFTER = 3 * 3_600_000;
const EARLIEST = "2020-01-01";
const STATEMENT = new RegExp(
  "^openhealthcode-map-1\\n([^\\n]+)\\ndays (\\d{4}-\\d\\d-\\d\\d) (\\d{4}-\\d\\d-\\d\\d)\\nsince (\\d{4}-\\d\\d-\\d\\d)\\n" +
  "taken \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\\nresidents (?:0|[1-9]\\d{0,14})\\ntree (0|[1-9]\\d{0,14})\\n" +
  "root ([A-Za-z0-9+/]{43}=)\\n((?:lost (?:0|[1-9]\\d{0,14}) [1-9]\\d{0,14}\\n)*)$",
);
const dayOf = (milliseconds) => new Date(milliseconds + 8 * 3_600_000).toISOString().slice(0, 10);
const after = (day, count) => new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY).toISOString().slice(0, 10);
const milliseconds = (moment) => Number(microseconds(moment) / 1000n);

function readStatement(said) {
  const parts = STATEMENT.exec(said);
  if (!parts) return null;
  const [, origin, first, day, since, size, root, lost] = parts;
  const isInOrder = EARLIEST <= since && since <= first && first <= day && day <= after(first, 3660);
  const isReal = [first, day, since].every((one) => after(one, 0) === one);
  return isInOrder && isReal ? { origin, first, day, since, size: Number(size), root: bytes(root), lost } : null;
}

function isMapped(index, number, path, root) {
  if (path.length > 256 || !Number.isSafeInteger(number) || number < 0) return false;
  let hash = sha256(MAP_PREFIX, index, big(number, 8));
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const sibling = bytes(path[depth]);
    if (sibling.length !== 32) return false;
    const isRight = (index[depth >> 3] >> (7 - (depth & 7))) & 1;
    hash = isRight ? sha256(MAP_NODE, sibling, hash) : sha256(MAP_NODE, hash, sibling);
  }
  return same(hash, root);
}

// The statement of a map, if the tree holds it behind the marker of its day and it holds this resident's number.
function believed(history, one, leads) {
  const said = readStatement(one.statement);
  const salt = bytes(history.events[0].salt);
  if (!said || said.origin !== history.log || salt.length !== 16) return null;
  const days = Math.round((Date.parse(said.day) - Date.parse(said.first)) / DAY) + 1;
  const marker = sha256(text.encode(`openhealthcode-map-day-1\n${history.log}\n${said.day}\n`));
  const index = sha256(text.encode("OHC-map-index-1"), salt, uuid(history.resident), text.encode(said.day));
  const isThere =
    said.size + days <= one.leaf &&
    leads(sha256(text.encode(one.statement)), one.leaf, one.path) &&
    leads(marker, one.leaf - 1, one.marker_path) &&
    isMapped(index, one.number, one.map_path, said.root);
  return isThere ? { ...said, leaf: one.leaf, number: one.number } : null;
}

// The days an operator keeps the maps of: a week, and each first of three years of months.
function daysAsked(newest, since) {
  const asked = new Set();
  for (let nth = 0; nth < 7; nth += 1) asked.add(after(newest, -nth));
  let month = `${newest.slice(0, 8)}01`;
  for (let nth = 0; nth < 36; nth += 1) {
    asked.add(month);
    month = `${after(month, -1).slice(0, 8)}01`;
  }
  return [...asked].filter((day) => day >= since);
}

function* counted(history, leads) {
  if (history.format === WITHOUT_MAPS) yield { kind: "map" };
  if (history.format === WITHOUT_MAPS || !history.events.length) return 0;
  const before = (leaf) => history.events.filter((event) => event.leaf !== null && event.leaf < leaf).length;
  const maps = [];
  for (const one of history.maps ?? []) {
    const map = believed(history, one, leads);
    if (map) maps.push(map);
    else yield { kind: "map" };
  }
  maps.sort((a, b) => a.leaf - b.leaf);
  const newest = maps.at(-1);
  const began = dayOf(milliseconds(history.events[0].at));
  const due = after(dayOf(milliseconds(history.made_at) - DUE_AFTER), -1);
  if (due > began && (!newest || newest.day < due)) yield { kind: "map" };
  if (!newest) return 0;
  for (const day of daysAsked(newest.day, maps[0].since)) {
    if (day > began && !maps.some((map) => map.first <= day && day <= map.day)) yield { kind: "map" };
  }
  for (let nth = 1; nth < maps.length; nth += 1) {
    if (maps[nth - 1].day >= maps[nth].first || maps[nth - 1].since !== maps[nth].since) yield { kind: "map" };
  }
  for (const map of maps) if (before(map.size) > map.number) yield { kind: "map" };
  const gaps = history.gaps ?? [];
  const told = gaps.every(([first, end]) => end > newest.leaf || `\n${newest.lost}`.includes(`\nlost ${first} ${end}\n`));
  if (!told) yield { kind: "map" };
  let lost = 0;
  for (const map of maps) {
    const there = before(map.leaf);
    if (there >= map.number) continue;
    if (gaps.some(([, end]) => map.leaf < end)) lost = Math.max(lost, map.number - there);
    else yield { kind: "tail-cut", number: there + 1 };
  }
  return lost;
}

// ── the whole ──

function statement(history, last) {
  const moment = history.made_at.replace(/Z$/, "+00:00");
  const ends = last ? hex(commitment(history.resident, last)) : "-";
  const said = `${history.format}\n${history.log}\n${history.resident}\n${moment}\n${last?.number ?? 0}\n${ends}\n`;
  if (history.format === WITHOUT_MAPS) return said;
  return `${said}${(history.gaps ?? []).map(([first, end]) => `${first}-${end}`).join(" ") || "-"}\n`;
}

// What is checked with: { log, receipts, policy }; `kept` is what an earlier check answered as `keep`.
export async function check(file, { log, receipts, policy }, kept) {
  let history;
  try {
    history = JSON.parse(file);
  } catch {
    throw new Refused();
  }
  if (![FORMAT, WITHOUT_MAPS].includes(history?.format) || !Array.isArray(history.events)) throw new Refused();
  const [logKey, receiptsKey] = [await keyOf(log, 1), await keyOf(receipts, 1)];
  if (history.log !== logKey.name || receiptsKey.name !== `${logKey.name}/receipts`) throw new Refused();
  try {
    const head = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/.exec(await opened(history.checkpoint, logKey));
    if (!head || head[1] !== logKey.name) throw new Refused();
    if ((await opened(history.note, receiptsKey)) !== statement(history, history.events.at(-1))) throw new Refused();
    const leads = climber(Number(head[2]), bytes(head[3]));
    const findings = [...look(history, leads)];
    const counting = counted(history, leads);
    let step = counting.next();
    for (; !step.done; step = counting.next()) findings.push(step.value);
    findings.push(...continued(history, kept));
    const isAsked = asksForWitnesses(policy);
    const { enough, latest } = await witnessed(history.checkpoint, policy);
    if (!enough) findings.unshift({ kind: "not-witnessed" });
    else if (latest !== null && latest * 1_000_000n < microseconds(history.made_at) - FRESH) findings.unshift({ kind: "stale" });
    return {
      findings, witnessed: isAsked ? enough : null, events: history.events.length, size: Number(head[2]), madeAt: history.made_at,
      waiting: history.events.filter((event) => event.leaf === null).length, keep: remembered(history),
      lost: step.value, mapped: (history.maps ?? []).length,
    };
  } catch (problem) {
    throw problem instanceof Refused ? problem : new Refused(String(problem));
  }
}

function* look(history, leads) {
  const made = microseconds(history.made_at);
  const places = new Set();
  const newest = history.events.findLastIndex((event) => event.leaf !== null);
  let [expected, latest] = [1, null];
  for (const [at, event] of history.events.entries()) {
    const when = microseconds(event.at);
    if (event.number !== expected) yield { kind: "missing", number: expected };
    if (latest !== null && when < latest - CLOCK) yield { kind: "backdated", number: event.number };
    if (event.leaf === null) {
      if (at < newest || when < made - GRACE) yield { kind: "not-in-tree", number: event.number };
    } else {
      const isThere = leads(commitment(history.resident, event), event.leaf, event.path);
      if (places.has(event.leaf) || !isThere) yield { kind: "wrong-leaf", number: event.number };
      else places.add(event.leaf);
    }
    expected = event.number + 1;
    latest = latest === null || when > latest ? when : latest;
  }
}

// What a browser keeps of a check names nobody: the first event's commitment, and the last one's with its number.
function remembered(history) {
  const [first, last] = [history.events[0], history.events.at(-1)];
  if (!first) return null;
  const of = (event) => hex(commitment(history.resident, event));
  return { first: of(first), number: last.number, last: of(last) };
}

function* continued(history, kept) {
  if (!kept || remembered(history)?.first !== kept.first) return;
  const event = history.events.find((one) => one.number === kept.number);
  if (!event || hex(commitment(history.resident, event)) !== kept.last) yield { kind: "rewritten", number: kept.number };
}
