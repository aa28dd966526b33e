// Signatures on codes and trust lists, by the browser's own cryptography. Suites: 1 ES256, 2 Ed25519.
// A suite the browser cannot check vouches for nothing here.
const PRIME = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const HIGHEST_S = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n >> 1n;
const ES256 = { name: "ECDSA", hash: "SHA-256" };

const numberOf = (bytes) => bytes.reduce((sum, one) => (sum << 8n) | BigInt(one), 0n);

function bytesOf(number) {
  const bytes = new Uint8Array(32);
  for (let place = 31; place >= 0; place--, number >>= 8n) bytes[place] = Number(number & 255n);
  return bytes;
}

function power(base, exponent) {
  let result = 1n;
  for (; exponent; exponent >>= 1n, base = (base * base) % PRIME)
    if (exponent & 1n) result = (result * base) % PRIME;
  return result;
}

// A compressed point as the browser takes it: 04, x, y. Nothing if no point has this x.
export function uncompressed(point) {
  const x = numberOf(point.subarray(1));
  if (point.length !== 33 || (point[0] !== 2 && point[0] !== 3) || x >= PRIME) return null;
  const square = (((x * x) % PRIME) * x - 3n * x + B) % PRIME;
  const positive = (square + PRIME) % PRIME;
  let y = power(positive, (PRIME + 1n) / 4n);
  if ((y * y) % PRIME !== positive) return null;
  if ((y & 1n) !== BigInt(point[0] & 1)) y = PRIME - y;
  const whole = new Uint8Array(65);
  whole[0] = 4;
  whole.set(point.subarray(1), 1);
  whole.set(bytesOf(y), 33);
  return whole;
}

async function keyOf(suite, publicKey) {
  if (suite === 1) {
    const point = uncompressed(publicKey);
    return point && crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  }
  if (suite === 2 && publicKey.length === 33 && publicKey[0] === 0)
    return crypto.subtle.importKey("raw", publicKey.subarray(1), "Ed25519", false, ["verify"]);
  return null;
}

// Whether the holder of this key made this signature; of the two forms of an ES256 one, only the low.
export async function isSigned(suite, publicKey, signature, data) {
  if (signature.length !== 64) return false;
  if (suite === 1 && numberOf(signature.subarray(32)) > HIGHEST_S) return false;
  try {
    const key = await keyOf(suite, publicKey);
    return Boolean(key) && (await crypto.subtle.verify(suite === 1 ? ES256 : "Ed25519", key, signature, data));
  } catch {
    return false; // no key of this suite, or a suite this browser does not know
  }
}

export async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}
