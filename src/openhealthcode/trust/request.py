"""What a region asks of the national office: list a key, let one retire, leave a compromised one out.

A small JSON file that travels by hand or mail. A new key signs its own request, so that nobody has
a key listed that another holds; that it is the region who asks, the office makes sure of by comparing
the fingerprint with a person it knows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.signing import CodeSigner, SignatureSuite
from openhealthcode.trust.trust_list import KEY_ID_BYTES, Issuer, key_id

_LABEL: Final = b"OHC-issuer-request-v1"
_HIGHEST_REGION: Final = 999_999


class UnreadableRequest(HealthCodeError):
    """This is no region's request, it was altered, or its key did not sign it."""

    code = "issuer-request-unreadable"


@dataclass(frozen=True, slots=True)
class IssuerRequest:
    """What one region asks; any part may be missing.

    Args:
        lists: a key to be listed, with its times.
        retires: a key that signs no more from a moment on.
        removes: a key that is to be left out at once, because others may know it.
    """

    region: int
    lists: Issuer | None = None
    retires: tuple[bytes, datetime] | None = None
    removes: bytes | None = None


def write_request(request: IssuerRequest, signer: CodeSigner | None = None) -> str:
    """The file's text.

    Args:
        request: what is asked.
        signer: holds the key to be listed; needed if there is one.
    """
    content = _content(request)
    if request.lists is not None:
        if signer is None or signer.public_key != request.lists.public_key:
            raise ValueError("a key that is to be listed signs the request itself")
        content["signature"] = signer.sign(_LABEL + _bytes(content)).hex()
    return json.dumps(content, indent=2) + "\n"


def read_request(text: str) -> IssuerRequest:
    """Read what ``write_request`` wrote.

    Raises:
        UnreadableRequest: damaged, or not signed by the key it asks to list.
    """
    try:
        content = json.loads(text)
        signature = bytes.fromhex(content.pop("signature", ""))
        request = _request(content)
        if _content(request) != content:
            raise UnreadableRequest
        if request.lists is not None:
            request.lists.verifier.verify(signature, _LABEL + _bytes(content))
    except (
        ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError, RecursionError,
        UntrustedSignature,
    ):  # fmt: skip
        raise UnreadableRequest from None
    return request


def _content(request: IssuerRequest) -> dict[str, Any]:
    content: dict[str, Any] = {"region": request.region}
    if request.lists is not None:
        one = request.lists
        content["lists"] = {
            "suite": int(one.suite),
            "public_key": one.public_key.hex(),
            "believed_from": int(one.believed_from.timestamp()),
            "signs_until": int(one.signs_until.timestamp()),
            "believed_until": int(one.believed_until.timestamp()),
        }
    if request.retires is not None:
        name, at = request.retires
        content["retires"] = {"key_id": name.hex(), "at": int(at.timestamp())}
    if request.removes is not None:
        content["removes"] = request.removes.hex()
    return content


def _request(content: Mapping[str, Any]) -> IssuerRequest:
    region = content["region"]
    if type(region) is not int or not 0 < region <= _HIGHEST_REGION:
        raise UnreadableRequest
    if not content.keys() & {"lists", "retires", "removes"}:
        raise UnreadableRequest
    retires = removes = lists = None
    if "lists" in content:
        lists = _issuer(region, content["lists"])
    if "retires" in content:
        retires = (_name(content["retires"]["key_id"]), _moment(content["retires"]["at"]))
    if "removes" in content:
        removes = _name(content["removes"])
    return IssuerRequest(region, lists, retires, removes)


def _issuer(region: int, written: Mapping[str, Any]) -> Issuer:
    public = bytes.fromhex(written["public_key"])
    times = [_moment(written[name]) for name in ("believed_from", "signs_until", "believed_until")]
    if not times[0] < times[1] <= times[2]:
        raise UnreadableRequest
    return Issuer(region, key_id(public), SignatureSuite(written["suite"]), public, *times)


def _name(text: str) -> bytes:
    name = bytes.fromhex(text)
    if len(name) != KEY_ID_BYTES:
        raise UnreadableRequest
    return name


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _bytes(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
