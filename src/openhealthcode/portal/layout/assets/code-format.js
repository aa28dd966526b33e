// The signed health codes as bytes: digits to fields, strictly, one text for one code.
// Layouts: docs/health-code-format.md. The same rules as healthcode/signed in Python.
const BYTES = { 3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6, 17: 7 };
const EPOCH = Date.UTC(2020, 0, 1) / 1000;
const LOWEST_INDEX = 1 << 20;
const HIGHEST_REGION = 999999;
const LONGEST_HOURS = 240;
const DAY = 86400;
const IN_CHINA = 8 * 3600;

export const LENGTHS = { B: 203, C: 96, D: 104, F: 96 };
const TYPES = { 852: "B", 853: "C", 854: "D", 856: "F" };

// An expected failure: its code is that of the same failure in Python.
export class Refused extends Error {
  constructor(code, kind = "") {
    super(code);
    this.code = code;
    this.kind = kind;
  }
}

export const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

export function unhex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

// ISO/IEC 7064 MOD 11,10
export function checkDigit(digits) {
  let state = 10;
  for (const digit of digits) state = (((state + Number(digit)) % 10 || 10) * 2) % 11;
  return String((11 - state) % 10);
}

export function typeOf(digits) {
  return TYPES[digits.slice(0, 3)] ?? null;
}

export function bytesOf(digits) {
  if (!/^\d{5,600}$/.test(digits)) throw new Refused("code-unreadable");
  const body = digits.slice(4);
  if (checkDigit(digits.slice(0, 3) + body) !== digits[3]) throw new Refused("code-unreadable");
  const found = [];
  for (let place = 0; place < body.length; place += 17) {
    const chunk = body.slice(place, place + 17);
    const count = BYTES[chunk.length];
    if (!count) throw new Refused("code-unreadable");
    let value = BigInt(chunk);
    for (let byte = 0; byte < count; byte++, value >>= 8n) found.push(Number(value & 255n));
    if (value) throw new Refused("code-unreadable"); // stands for more than its bytes
  }
  return Uint8Array.from(found);
}

const number = (data, from, count) => data.subarray(from, from + count).reduce((sum, one) => sum * 256 + one, 0);

// What a signature covers: none passes for one of another type.
export function covered(type, ...parts) {
  const begin = new TextEncoder().encode(`OHC-${type}-v1`);
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, begin.length));
  let place = 0;
  for (const part of [begin, ...parts]) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

// Takes a code apart; whether it is genuine is for verify-code.js to say. Times in seconds since 1970.
export function read(digits) {
  const type = typeOf(digits);
  const data = bytesOf(digits);
  if (!type || data.length !== LENGTHS[type] || data[0] !== 0x10 + Number(digits[2]))
    throw new Refused("code-unreadable");
  const origin = { suite: data[1], region: number(data, 2, 3), keyId: hex(data.subarray(5, 9)) };
  if (origin.region > HIGHEST_REGION) throw new Refused("code-unreadable");
  const fields = { B: offline, C: printed, D: counter, F: printed }[type](data, type);
  if (fields.index < LOWEST_INDEX) throw new Refused("code-unreadable");
  return { type, origin, data, ...fields };
}

function offline(data) {
  const firstHour = number(data, 29, 3);
  const hours = data[32];
  const capabilities = data[33];
  const purposes = data[135];
  const known = (bits) => bits > 0 && bits < 16;
  if (firstHour % 24 || !hours || hours > LONGEST_HOURS || !known(capabilities) || !known(purposes))
    throw new Refused("code-unreadable");
  if (data[34] !== 2 && data[34] !== 3) throw new Refused("code-unreadable");
  const notBefore = EPOCH + firstHour * 3600;
  return {
    handle: hex(data.subarray(9, 25)),
    index: number(data, 25, 4),
    notBefore,
    notAfter: notBefore + hours * 3600,
    capabilities,
    deviceKey: data.subarray(34, 67),
    certified: [data.subarray(67, 131), covered("B", data.subarray(0, 67))],
    shownAt: EPOCH + number(data, 131, 4),
    purposes,
    counter: number(data, 136, 3),
    signature: data.subarray(139),
    signed: (challenge = new Uint8Array()) => covered("B", data.subarray(0, 139), challenge),
  };
}

function printed(data, type) {
  return {
    handle: hex(data.subarray(9, 25)),
    version: data[25],
    // the first moment after the last day, in China
    until: EPOCH + (number(data, 26, 2) + 1) * DAY - IN_CHINA,
    index: number(data, 28, 4),
    signature: data.subarray(32),
    signed: () => covered(type, data.subarray(0, 32)),
  };
}

function counter(data) {
  const purpose = data[35];
  if (![1, 2, 4, 8].includes(purpose)) throw new Refused("code-unreadable");
  const institution = hex(data.subarray(9, 25)).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return {
    institution,
    counter: number(data, 25, 2),
    nonce: hex(data.subarray(27, 35)),
    purpose,
    shownAt: EPOCH + number(data, 36, 4),
    signature: data.subarray(40),
    signed: () => covered("D", data.subarray(0, 40)),
  };
}
