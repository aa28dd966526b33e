"""Whose word counts about issuers: the national roots, and what was admitted beside them.

One small file for each, in the key directory: who can write the database still cannot make a list
believed. The file ``national.json`` speaks for every region; another one only for the regions it
names, never for ours, and never against the national list.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.model import UntrustedSignature
from openhealthcode.trust.signing import SignatureSuite, verifier_of
from openhealthcode.trust.trust_list import Roots

NATIONAL: Final = "national"

_FOLDER: Final = "authorities"
_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")


class UnsuitableAuthority(HealthCodeError):
    """The description of these roots is damaged or names nothing usable."""

    code = "authority-unsuitable"


@dataclass(frozen=True, slots=True)
class Authority:
    """Roots that sign a trust list, and the regions they may speak for; None: all of them."""

    name: str
    roots: Roots
    regions: frozenset[int] | None = None

    def __post_init__(self) -> None:
        """Refuse a name that is no file's, and a second one that speaks for all."""
        if not _NAME.fullmatch(self.name) or (self.regions is None) != (self.name == NATIONAL):
            raise UnsuitableAuthority


def write_authority(authority: Authority) -> str:
    """The text of its file."""
    return json.dumps(authority_data(authority), indent=2) + "\n"


def authority_data(authority: Authority) -> dict[str, object]:
    """Its file as JSON."""
    roots = [
        {"suite": int(suite), "public_key": public.hex()}
        for suite, public in authority.roots.keys.values()
    ]
    needed = authority.roots.needed
    content: dict[str, object] = {"name": authority.name, "needed": needed, "roots": roots}
    if authority.regions is not None:
        content["regions"] = sorted(authority.regions)
    return content


def read_authority(text: str) -> Authority:
    """Read what ``write_authority`` wrote.

    Raises:
        UnsuitableAuthority: damaged, a key that is none, or fewer roots than are needed.
    """
    try:
        return authority_of(json.loads(text))
    except (ValueError, RecursionError):
        raise UnsuitableAuthority from None


def authority_of(data: object) -> Authority:
    """An authority from the JSON of its file.

    Raises:
        UnsuitableAuthority: as ``read_authority``.
    """
    try:
        match data:
            case {"name": str(name), "needed": int(needed), "roots": list(written), **rest}:
                roots = Roots.of(needed, *(_root(one) for one in written))
                return Authority(name, roots, _regions(rest.get("regions")))
    except (ValueError, KeyError, TypeError, AttributeError, UntrustedSignature):
        raise UnsuitableAuthority from None
    raise UnsuitableAuthority


def write_public_root(suite: SignatureSuite, public_key: bytes) -> str:
    """One root's public part as a file."""
    return json.dumps({"suite": int(suite), "public_key": public_key.hex()}, indent=2) + "\n"


def read_public_root(text: str) -> tuple[SignatureSuite, bytes]:
    """Read what ``write_public_root`` wrote.

    Raises:
        UnsuitableAuthority: damaged, or no key.
    """
    try:
        return _root(json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError, UntrustedSignature):
        raise UnsuitableAuthority from None


def authorities(keys_at: Path) -> Mapping[str, Authority]:
    """Every authority of an installation by name.

    Raises:
        UnsuitableAuthority: one of the files is damaged.
    """
    found = [read_authority(path.read_text("utf-8")) for path in _files(keys_at)]
    return {one.name: one for one in found}


def admit(keys_at: Path, authority: Authority) -> None:
    """Take its word from now on, in every process of this installation."""
    folder = keys_at / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{authority.name}.{os.getpid()}"
    draft.write_text(write_authority(authority), encoding="utf-8")
    draft.replace(folder / f"{authority.name}.json")


def dismiss(keys_at: Path, name: str) -> None:
    """Take its word no longer; one that is not known is no error."""
    if not _NAME.fullmatch(name):
        raise UnsuitableAuthority
    (keys_at / _FOLDER / f"{name}.json").unlink(missing_ok=True)


def _files(keys_at: Path) -> list[Path]:
    return sorted((keys_at / _FOLDER).glob("*.json"))


def _root(written: Mapping[str, object]) -> tuple[SignatureSuite, bytes]:
    public = bytes.fromhex(str(written["public_key"]))
    suite = SignatureSuite(int(str(written["suite"])))
    verifier_of(suite, public)
    return suite, public


def _regions(written: object) -> frozenset[int] | None:
    match written:
        case None:
            return None
        case [_, *_]:
            if all(type(one) is int for one in written):
                return frozenset(cast("list[int]", written))
    raise UnsuitableAuthority
