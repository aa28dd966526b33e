"""SM2's curve and the check of its signatures in plain Python; nothing here is ever secret.

For computers whose OpenSSL lacks SM2: they can check what others signed, and sign nothing. The
steps and their names are those of the standard.

Source: GB/T 32918.2-2016, 7.1 (checking); GB/T 32918.5-2017, clause 4 (the curve).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
COORDINATE_BYTES: Final = 32
_BITS: Final = 256


class Point(NamedTuple):
    """A point of the curve in Jacobian coordinates; ``z`` is zero at infinity."""

    x: int
    y: int
    z: int = 1


G: Final = Point(
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_INFINITY: Final = Point(1, 1, 0)


def decompressed(encoded: bytes) -> Point:
    """The point that 33 bytes stand for.

    Raises:
        ValueError: they stand for no point of the curve.
    """
    x = int.from_bytes(encoded[1:])
    if len(encoded) != 1 + COORDINATE_BYTES or encoded[0] not in (2, 3) or x >= P:
        raise ValueError("a compressed point has 33 bytes, the first a 2 or a 3")
    square = (x * x * x + A * x + B) % P
    y = pow(square, (P + 1) // 4, P)  # a root, as P leaves 3 when divided by 4
    if y * y % P != square:
        raise ValueError("no point of the curve has this coordinate")
    return Point(x, y if y % 2 == encoded[0] % 2 else P - y)


def is_signed(public: Point, digest: bytes, r: int, s: int) -> bool:
    """Whether r and s sign this digest under a public key (steps B1, B2, B5 to B7)."""
    if not (0 < r < N and 0 < s < N):
        return False
    t = (r + s) % N
    if t == 0:
        return False
    at = _sum_of_multiples(s, G, t, public)
    if at.z == 0:
        return False
    x = at.x * pow(at.z, -2, P) % P
    return (int.from_bytes(digest) + x) % N == r


def _sum_of_multiples(s: int, g: Point, t: int, q: Point) -> Point:
    """S times g and t times q in one walk over the bits of both."""
    both = {(1, 0): g, (0, 1): q, (1, 1): _add(g, q)}
    at = _INFINITY
    for pair in _bits(s, t):
        at = _double(at)
        if pair in both:
            at = _add(at, both[pair])
    return at


def _bits(s: int, t: int) -> Iterator[tuple[int, int]]:
    return ((s >> place & 1, t >> place & 1) for place in reversed(range(_BITS)))


def _double(point: Point) -> Point:
    x, y, z = point
    y_squared = y * y % P
    four = 4 * x * y_squared % P
    slope = 3 * (x - z * z) * (x + z * z) % P  # a is minus three
    new_x = (slope * slope - 2 * four) % P
    new_y = (slope * (four - new_x) - 8 * y_squared * y_squared) % P
    return Point(new_x, new_y, 2 * y * z % P)


def _add(one: Point, other: Point) -> Point:
    if one.z == 0:
        return other
    if other.z == 0:
        return one
    one_z2, other_z2 = one.z * one.z % P, other.z * other.z % P
    u1, u2 = one.x * other_z2 % P, other.x * one_z2 % P
    s1, s2 = one.y * other_z2 * other.z % P, other.y * one_z2 * one.z % P
    if u1 == u2:
        return _double(one) if s1 == s2 else _INFINITY
    h, slope = u2 - u1, s2 - s1
    h2 = h * h % P
    h3 = h2 * h % P
    x = (slope * slope - h3 - 2 * u1 * h2) % P
    y = (slope * (u1 * h2 - x) - s1 * h3) % P
    return Point(x, y, one.z * other.z * h % P)
