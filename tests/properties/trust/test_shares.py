"""So many custodians make the key; fewer learn nothing, and nobody passes off what is no share."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.standards import InvalidInput
from openhealthcode.trust.shares import (
    KEY_BYTES,
    SharesUnsuitable,
    _at_zero,
    _over,
    _times,
    combine,
    read_share,
    split,
    write_share,
)

KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
SIZES = st.integers(2, 16).flatmap(lambda count: st.tuples(st.integers(2, count), st.just(count)))


@given(KEYS, SIZES, st.randoms(use_true_random=False))
def test_any_so_many_make_the_key_in_any_order(key, size, drawn):
    needed, count = size
    shares = list(split(key, needed=needed, count=count))
    drawn.shuffle(shares)
    assert combine(shares[:needed]) == key
    assert combine(shares) == key


@given(KEYS, SIZES)
def test_fewer_are_refused(key, size):
    needed, count = size
    shares = split(key, needed=needed, count=count)
    with pytest.raises(SharesUnsuitable):
        combine(shares[: needed - 1])


@given(KEYS, KEYS)
def test_with_one_share_less_every_key_is_as_likely(key, other):
    """For any two shares of three there is a third that makes any other key."""
    shares = split(key, needed=3, count=3)
    # The value at 3 that leads to another key: the field is XOR, the weight of each point fixed.
    weight = _times(_over(1, 1 ^ 3), _over(2, 2 ^ 3))
    for place in range(KEY_BYTES):
        points = [(one.number, one.value[place]) for one in shares[:2]]
        rest = _at_zero([*points, (3, 0)])
        third = _over(rest ^ other[place], weight)
        assert _at_zero([*points, (3, third)]) == other[place]


@given(KEYS, st.integers(0, 2), st.integers(0, KEY_BYTES - 1), st.integers(1, 255))
def test_an_altered_share_makes_no_key(key, which, place, change):
    shares = list(split(key, needed=3, count=5)[:3])
    value = bytearray(shares[which].value)
    value[place] ^= change
    shares[which] = shares[which]._replace(value=bytes(value))
    with pytest.raises(SharesUnsuitable):
        combine(shares)


@given(KEYS, SIZES)
def test_a_share_is_read_as_it_was_written(key, size):
    needed, count = size
    for share in split(key, needed=needed, count=count):
        text = write_share(share)
        assert read_share(text) == share
        assert read_share(text.lower().replace(" ", "-")) == share
        assert repr(share) == f"Share({share.number} of {count}, {needed} needed)"


@given(KEYS, st.integers(0, 70), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_one_wrong_letter_is_noticed(key, place, letter):
    letters = write_share(split(key, needed=2, count=3)[0]).replace(" ", "")
    altered = letters[:place] + letter + letters[place + 1 :]
    if altered != letters:
        with pytest.raises(SharesUnsuitable):
            read_share(altered)


@pytest.mark.parametrize("text", ["", "A", "abc!", "A" * 200, "1" * 72])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(SharesUnsuitable):
        read_share(text)


@pytest.mark.parametrize(("needed", "count"), [(1, 3), (4, 3), (2, 17), (0, 0)])
def test_sizes_without_sense_are_refused(needed, count):
    with pytest.raises(InvalidInput):
        split(bytes(KEY_BYTES), needed=needed, count=count)


def test_shares_of_two_keys_and_one_share_twice_make_none():
    one, other = (split(bytes([n]) * KEY_BYTES, needed=2, count=3) for n in (1, 2))
    for shares in ([one[0], other[1]], [one[0], one[0]], []):
        with pytest.raises(SharesUnsuitable):
            combine(shares)


def test_a_known_polynomial_meets_known_points():
    """By hand in the field of FIPS 197: 0x57 + 0x83 x at x = 1 and x = 2 (0x83 doubled is 0x1d)."""
    shares = split(b"\x57" * KEY_BYTES, needed=2, count=2, random=lambda count: b"\x83" * count)
    assert [share.value[0] for share in shares] == [0x57 ^ 0x83, 0x57 ^ 0x1D]


def test_every_three_of_five():
    key = bytes(range(KEY_BYTES))
    for chosen in combinations(split(key, needed=3, count=5), 3):
        assert combine(chosen) == key
