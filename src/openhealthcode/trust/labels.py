"""Categories as tokens under a resident's own key.

A table that told categories in clear would say who has something closed. Each name is therefore
stored as eight bytes that mean nothing beside another resident's, and translated back here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations
from typing import Final

from openhealthcode.standards import RecordCategory, SensitiveCategory

_TOKEN_BYTES: Final = 8
_TOKEN_DIGITS: Final = 2 * _TOKEN_BYTES
_EVERY_KIND: Final = frozenset(SensitiveCategory)
_AT_MOST_NAMED: Final = 2
_SEVERAL: Final = "several"

_CATEGORIES: Final = tuple(RecordCategory)
_KINDS: Final = tuple(SensitiveCategory)
_SENSITIVITIES: Final = (
    *(
        frozenset(kinds)
        for size in range(_AT_MOST_NAMED + 1)
        for kinds in combinations(_KINDS, size)
    ),
    _EVERY_KIND,
)


def _sensitivity_name(kinds: frozenset[SensitiveCategory]) -> str:
    return "+".join(sorted(kinds)) if len(kinds) <= _AT_MOST_NAMED else _SEVERAL


_Meaning = RecordCategory | SensitiveCategory | frozenset[SensitiveCategory]

# A token is made from the name alone: a category added later moves no other one's token.
_MEANINGS: Final[tuple[_Meaning, ...]] = (*_CATEGORIES, *_KINDS, *_SENSITIVITIES)
_NAMES: Final = (
    *(f"category|{category}" for category in _CATEGORIES),
    *(f"kind|{kind}" for kind in _KINDS),
    *(f"sensitive|{_sensitivity_name(kinds)}" for kinds in _SENSITIVITIES),
)
_PLACES: Final = {name: place for place, name in enumerate(_NAMES)}
_SENSITIVITY_PLACES: Final = tuple(
    (kinds, _PLACES[f"sensitive|{_sensitivity_name(kinds)}"]) for kinds in _SENSITIVITIES
)
_CATEGORY_PLACES: Final = {category: place for place, category in enumerate(_CATEGORIES)}


@cache
def _places_within(kinds: frozenset[SensitiveCategory]) -> tuple[int, ...]:
    """Where the tokens lie of entries that carry no closed kind but these."""
    return tuple(place for carried, place in _SENSITIVITY_PLACES if carried <= kinds)


def _array(written: str, places: Iterable[int]) -> str:
    r"""``{"\\x0123456789abcdef",…}`` of the tokens at these places."""
    starts = (place * _TOKEN_DIGITS for place in places)
    tokens = '","\\\\x'.join([written[start : start + _TOKEN_DIGITS] for start in starts])
    return f'{{"\\\\x{tokens}"}}' if tokens else "{}"


class Labels:
    """Both directions between the closed lists of categories and one resident's tokens."""

    __slots__ = ("_tokens", "token")

    def __init__(self, token: Callable[[str], bytes]) -> None:
        self.token = token
        """Eight bytes for any search key of this resident."""
        # One string of bytes instead of dictionaries: it is held for thousands of residents.
        self._tokens = b"".join(map(token, _NAMES))

    def token_of(self, name: RecordCategory | SensitiveCategory) -> bytes:
        """The eight bytes that stand for a category or for a closed kind."""
        if isinstance(name, RecordCategory):
            return self._at(_CATEGORY_PLACES[name])
        return self._at(_PLACES[f"kind|{name}"])

    def category(self, token: bytes) -> RecordCategory | None:
        """The category a token stands for; ``None`` when this release does not know it."""
        meaning = self._meaning(token)
        return meaning if isinstance(meaning, RecordCategory) else None

    def categories_of(self, tokens: Iterable[bytes]) -> frozenset[RecordCategory]:
        """The categories among these tokens; unknown ones are left out."""
        meanings = map(self._meaning, tokens)
        return frozenset(known for known in meanings if isinstance(known, RecordCategory))

    def kinds_of(self, tokens: Iterable[bytes]) -> frozenset[SensitiveCategory]:
        """The closed kinds among these tokens; unknown ones are left out."""
        meanings = map(self._meaning, tokens)
        return frozenset(known for known in meanings if isinstance(known, SensitiveCategory))

    def sensitivity_token(self, kinds: frozenset[SensitiveCategory]) -> bytes:
        """The token of an entry that carries these closed kinds; every entry has one.

        More than two kinds are stored as *several*, which needs the permission of every kind.
        """
        return self._at(_PLACES[f"sensitive|{_sensitivity_name(kinds)}"])

    def sensitivities(self) -> Iterator[tuple[frozenset[SensitiveCategory], bytes]]:
        """Everything an entry can carry, with its token."""
        for kinds, place in _SENSITIVITY_PLACES:
            yield kinds, self._at(place)

    def texts(
        self, categories: Iterable[RecordCategory], within: frozenset[SensitiveCategory]
    ) -> tuple[str, str]:
        """The tokens of these categories and of what carries no closed kind but those within.

        As arrays in the form PostgreSQL reads.
        """
        written = self._tokens.hex()
        places = [_CATEGORY_PLACES[category] for category in categories]
        return _array(written, places), _array(written, _places_within(within))

    def sensitivity(self, token: bytes) -> frozenset[SensitiveCategory]:
        """The closed kinds an entry carries; an unknown token counts as carrying all."""
        meaning = self._meaning(token)
        return meaning if isinstance(meaning, frozenset) else _EVERY_KIND

    def _at(self, place: int) -> bytes:
        start = place * _TOKEN_BYTES
        return self._tokens[start : start + _TOKEN_BYTES]

    def _meaning(self, token: bytes) -> _Meaning | None:
        if len(token) != _TOKEN_BYTES:
            return None
        start = self._tokens.find(token)
        while start > 0 and start % _TOKEN_BYTES:  # across the border of two tokens: look further
            start = self._tokens.find(token, start + 1)
        return _MEANINGS[start // _TOKEN_BYTES] if start >= 0 else None
