"""How far two words of letters are apart; for names in letters only, never Chinese characters.

Source: Damerau (1964), with Boytsov's restriction to adjacent letters; Jaro (1989) and Winkler
(1990) with a prefix of four letters and a weight of 0.1. Splink's engines compute the same.
"""

from __future__ import annotations

from functools import lru_cache

_PREFIX = 4
_PREFIX_WEIGHT = 0.1
_BOOST_FROM = 0.7


def is_one_error(left: str, right: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours are exchanged."""
    if left == right:
        return True
    if len(left) > len(right):
        left, right = right, left
    if len(right) - len(left) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), len(left)
    )
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    return left[start + 1 :] == right[start + 1 :] or _is_exchange(left[start:], right[start:])


def _is_exchange(left: str, right: str) -> bool:
    return len(left) > 1 and left[1::-1] == right[:2] and left[2:] == right[2:]


@lru_cache(maxsize=65536)
def similarity(left: str, right: str) -> float:
    """Jaro and Winkler's similarity: 1 for equal words, 0 for words without a letter in common."""
    if left == right:
        return 1.0
    matched_left, matched_right = _matched(left, right)
    matches = len(matched_left)
    if not matches:
        return 0.0
    moved = sum(a != b for a, b in zip(matched_left, matched_right, strict=True)) // 2
    jaro = (matches / len(left) + matches / len(right) + (matches - moved) / matches) / 3
    if jaro <= _BOOST_FROM:
        return jaro
    prefix = 0
    for a, b in zip(left[:_PREFIX], right[:_PREFIX], strict=False):
        if a != b:
            break
        prefix += 1
    return jaro + prefix * _PREFIX_WEIGHT * (1 - jaro)


def _matched(left: str, right: str) -> tuple[list[str], list[str]]:
    """The letters that both have at about the same place, in the order of each."""
    reach = max(max(len(left), len(right)) // 2 - 1, 0)
    taken = [False] * len(right)
    matched = []
    for place, letter in enumerate(left):
        for other in range(max(place - reach, 0), min(place + reach + 1, len(right))):
            if not taken[other] and right[other] == letter:
                taken[other] = True
                matched.append(letter)
                break
    return matched, [letter for letter, was in zip(right, taken, strict=True) if was]
