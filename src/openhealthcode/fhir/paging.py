"""Where the next page begins, sealed with the question it belongs to: it fits no other, tells nothing.

Source: FHIR R4, 3.1.1.7.1 (paging): the address of a page is the server's own.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from openhealthcode.access import Mark
from openhealthcode.record import SearchNotUnderstood
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import Keys, UnreadableSeal

PAGE: Final = "_page"
_LONGEST: Final = 400
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)

Parameters = list[tuple[str, str]]


def without_page(parameters: Parameters) -> tuple[Parameters, str]:
    """The question itself, and the page of its answer; empty for the first one.

    Raises:
        SearchNotUnderstood: more than one page is named, or none that we would name.
    """
    named = [value for name, value in parameters if name == PAGE]
    if len(named) > 1 or len("".join(named)) > _LONGEST:
        raise SearchNotUnderstood("this page does not belong to this question")
    return [pair for pair in parameters if pair[0] != PAGE], "".join(named)


def links(
    keys: Keys, url: str, asked: Parameters, position: str, following: Mark | None
) -> list[dict[str, str]]:
    """Where this page, the first one and the next one are.

    Args:
        url: of the question, without parameters.
        asked: its parameters.
        position: which page this is; empty for the first one.
        following: where the next one begins, if there is one.
    """
    named = [(PAGE, position)] if position else []
    found = [{"relation": "self", "url": _address(url, asked + named)}]
    if position:
        found.append({"relation": "first", "url": _address(url, asked)})
    if following is not None:
        page = _sealed(keys, url, asked, following)
        found.append({"relation": "next", "url": _address(url, [*asked, (PAGE, page)])})
    return found


def opened(keys: Keys, url: str, asked: Parameters, position: str) -> Mark | None:
    """Where a page begins; nothing for the first one.

    Raises:
        SearchNotUnderstood: the page is not of this question.
    """
    if not position:
        return None
    try:
        sealed = base64.urlsafe_b64decode(position + "=" * (-len(position) % 4))
        text = keys.open_session(_question(url, asked), sealed)
    except (UnreadableSeal, binascii.Error, ValueError):
        raise SearchNotUnderstood("this page does not belong to this question") from None
    moment, key, entry_id = text.split("|")
    return Mark(_FIRST + int(moment) * _STEP, int(key), EntryId(UUID(entry_id)))


def _sealed(keys: Keys, url: str, asked: Parameters, mark: Mark) -> str:
    text = f"{(mark.as_of - _FIRST) // _STEP}|{mark.key}|{mark.entry_id}"
    sealed = keys.seal_session(_question(url, asked), text)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _question(url: str, asked: Parameters) -> str:
    path = url.partition("/fhir/")[2]
    return f"page of {path}?{urlencode(sorted(asked))}"


def _address(url: str, parameters: Parameters) -> str:
    return f"{url}?{urlencode(parameters)}" if parameters else url
