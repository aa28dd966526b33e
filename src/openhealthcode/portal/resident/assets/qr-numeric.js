// A row of digits as a QR code: numeric mode, error correction M, the smallest version that holds it.
// Source: ISO/IEC 18004:2015, clauses 7.4.3 (numeric mode), 7.5 (error correction), 7.7 (placement),
// 7.8 (masks), 7.9 and 7.10 (format and version information); table 9 for level M.
const ECC_A_BLOCK = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const LEVEL_M = 0;
const BITS = [0, 4, 7, 10];

// --- GF(256) with x^8 + x^4 + x^3 + x^2 + 1 ---
const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = EXP[power + 255] = value;
  LOG[value] = power;
  value = (value << 1) ^ (value & 128 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

function divisor(degree) {
  const found = new Uint8Array(degree);
  found[degree - 1] = 1;
  for (let root = 0; root < degree; root++)
    for (let place = 0; place < degree; place++)
      found[place] = times(found[place], EXP[root]) ^ (found[place + 1] ?? 0);
  return found;
}

function remainder(data, by) {
  const rest = new Uint8Array(by.length);
  for (const byte of data) {
    const factor = byte ^ rest[0];
    rest.copyWithin(0, 1);
    rest[by.length - 1] = 0;
    by.forEach((one, place) => (rest[place] ^= times(one, factor)));
  }
  return rest;
}

// --- how much a version holds ---
function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const found = [6];
  for (let place = version * 4 + 10; found.length < count; place -= step) found.splice(1, 0, place);
  return found;
}

function bytesOf(version) {
  const across = alignments(version).length;
  let modules = (16 * version + 128) * version + 64;
  if (across) modules -= (25 * across - 10) * across - 55;
  if (version >= 7) modules -= 36;
  return modules >> 3;
}

const dataBytes = (version) => bytesOf(version) - ECC_A_BLOCK[version] * BLOCKS[version];
const countBits = (version) => (version < 10 ? 10 : 12);

function versionFor(digits) {
  const bits = Math.floor(digits.length / 3) * 10 + BITS[digits.length % 3];
  for (let version = 1; version < BLOCKS.length; version++)
    if (4 + countBits(version) + bits <= dataBytes(version) * 8) return version;
  throw new RangeError("more digits than a code of version 20 holds");
}

function dataOf(digits, version) {
  let bits = "0001" + digits.length.toString(2).padStart(countBits(version), "0");
  for (let place = 0; place < digits.length; place += 3) {
    const part = digits.slice(place, place + 3);
    bits += Number(part).toString(2).padStart(BITS[part.length], "0");
  }
  const room = dataBytes(version) * 8;
  bits = bits.padEnd(Math.min(bits.length + 4, room), "0");
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
  for (let pad = 0; bits.length < room; pad ^= 1) bits += pad ? "00010001" : "11101100";
  return Uint8Array.from(bits.match(/.{8}/g), (one) => Number.parseInt(one, 2));
}

// Data and error correction, interleaved block by block.
function codewords(digits, version) {
  const data = dataOf(digits, version);
  const count = BLOCKS[version];
  const long = data.length % count;
  const short = Math.floor(data.length / count);
  const by = divisor(ECC_A_BLOCK[version]);
  const blocks = Array.from({ length: count }, (_, place) => {
    const longBefore = Math.max(0, place - (count - long));
    const from = place * short + longBefore;
    return data.subarray(from, from + short + (place >= count - long ? 1 : 0));
  });
  const checks = blocks.map((block) => remainder(block, by));
  const found = [];
  for (let place = 0; place <= short; place++)
    for (const block of blocks) if (place < block.length) found.push(block[place]);
  for (let place = 0; place < by.length; place++) for (const check of checks) found.push(check[place]);
  return found;
}

// --- the square: modules, and which of them are no data ---
function square(version) {
  const side = version * 4 + 17;
  const dark = Array.from({ length: side }, () => new Uint8Array(side));
  const fixed = Array.from({ length: side }, () => new Uint8Array(side));
  const put = (x, y, value) => {
    dark[y][x] = value ? 1 : 0;
    fixed[y][x] = 1;
  };
  return { side, dark, fixed, put };
}

function finders({ side, put }) {
  for (let place = 0; place < side; place++) {
    put(6, place, place % 2 === 0);
    put(place, 6, place % 2 === 0);
  }
  for (const [cx, cy] of [[3, 3], [side - 4, 3], [3, side - 4]])
    for (let dy = -4; dy <= 4; dy++)
      for (let dx = -4; dx <= 4; dx++) {
        const [x, y] = [cx + dx, cy + dy];
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        if (x >= 0 && y >= 0 && x < side && y < side) put(x, y, ring !== 2 && ring !== 4);
      }
}

function alignmentPatterns({ put }, version) {
  const places = alignments(version);
  const last = places.length - 1;
  places.forEach((cx, i) =>
    places.forEach((cy, j) => {
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) put(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }),
  );
}

function format({ side, put }, mask) {
  const data = (LEVEL_M << 3) | mask;
  let rest = data;
  for (let turn = 0; turn < 10; turn++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (place) => (bits >> place) & 1;
  for (let place = 0; place < 6; place++) put(8, place, bit(place));
  put(8, 7, bit(6));
  put(8, 8, bit(7));
  put(7, 8, bit(8));
  for (let place = 9; place < 15; place++) put(14 - place, 8, bit(place));
  for (let place = 0; place < 8; place++) put(side - 1 - place, 8, bit(place));
  for (let place = 8; place < 15; place++) put(8, side - 15 + place, bit(place));
  put(8, side - 8, 1);
}

function versionBlocks({ side, put }, version) {
  if (version < 7) return;
  let rest = version;
  for (let turn = 0; turn < 12; turn++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let place = 0; place < 18; place++) {
    const [a, b] = [side - 11 + (place % 3), Math.floor(place / 3)];
    put(a, b, (bits >> place) & 1);
    put(b, a, (bits >> place) & 1);
  }
}

function place({ side, dark, fixed }, bytes) {
  let bit = 0;
  for (let right = side - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < side; step++)
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? side - 1 - step : step;
        if (fixed[y][x] || bit >= bytes.length * 8) continue;
        dark[y][x] = (bytes[bit >> 3] >> (7 - (bit & 7))) & 1;
        bit++;
      }
  }
}

const MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

function masked({ side, dark, fixed }, mask) {
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) if (!fixed[y][x] && MASKS[mask](x, y) === 0) dark[y][x] ^= 1;
}

// --- which mask reads best ---
const FINDER_LIKE = /(?=00001011101|10111010000)/g;

function lineCost(line) {
  let cost = 0;
  for (const run of line.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2;
  return cost + 40 * [...line.matchAll(FINDER_LIKE)].length;
}

function cost({ side, dark }) {
  let sum = 0;
  let black = 0;
  for (let at = 0; at < side; at++) {
    sum += lineCost(dark[at].join("")) + lineCost(dark.map((row) => row[at]).join(""));
    black += dark[at].reduce((count, one) => count + one, 0);
  }
  for (let y = 1; y < side; y++)
    for (let x = 1; x < side; x++) {
      const around = dark[y][x] + dark[y - 1][x] + dark[y][x - 1] + dark[y - 1][x - 1];
      if (around === 0 || around === 4) sum += 3;
    }
  const share = (black * 100) / (side * side);
  return sum + 10 * Math.floor(Math.abs(share - 50) / 5);
}

// The square as rows of 0 and 1; 1 is black.
export function modules(digits) {
  if (!/^\d+$/.test(digits)) throw new RangeError("digits only");
  const version = versionFor(digits);
  const drawn = square(version);
  finders(drawn);
  alignmentPatterns(drawn, version);
  format(drawn, 0); // its place; the mask is not chosen yet
  versionBlocks(drawn, version);
  place(drawn, codewords(digits, version));
  let best = 0;
  let least = Infinity;
  for (let mask = 0; mask < MASKS.length; mask++) {
    masked(drawn, mask);
    format(drawn, mask);
    const found = cost(drawn);
    if (found < least) [best, least] = [mask, found];
    masked(drawn, mask); // twice is not at all
  }
  masked(drawn, best);
  format(drawn, best);
  return drawn.dark;
}

// An SVG element, black on white with the margin of four modules, in dark mode too.
export function picture(digits) {
  const MARGIN = 4;
  const rows = modules(digits);
  const side = rows.length + 2 * MARGIN;
  let bars = "";
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      const from = x;
      while (row[x]) x++;
      if (x > from) bars += `M${from + MARGIN} ${y + MARGIN}h${x - from}v1h${from - x}z`;
    }
  });
  const made = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const svg = made("svg", { viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges" });
  svg.append(made("path", { fill: "#fff", d: `M0 0h${side}v${side}H0z` }), made("path", { fill: "#000", d: bars }));
  return svg;
}
