"""Where the keys of others lie: a file for each source, beside the key store."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from openhealthcode.trust.elsewhere.model import ElsewhereKey, UnreadableKeyList
from openhealthcode.trust.published_key import PublishedKey, UnsuitableKey, key_of_spki

_FOLDER: Final = "elsewhere"
_SOURCE: Final = re.compile(r"[a-z0-9-]{1,40}")


def accept(keys_at: Path, source: str, keys: Iterable[ElsewhereKey]) -> None:
    """Believe these keys and no others of this source, in every process of this installation.

    Raises:
        UnreadableKeyList: the source's name is no file's.
    """
    folder = _folder(keys_at, source)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {"source": source, "keys": [_written(one) for one in keys]}
    draft = folder / f".{source}.{os.getpid()}"
    draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(folder / f"{source}.json")


def forget(keys_at: Path, source: str) -> None:
    """Believe nothing of this source any more; one that is not known is no error."""
    (_folder(keys_at, source) / f"{source}.json").unlink(missing_ok=True)


def accepted(keys_at: Path, now: datetime) -> list[ElsewhereKey]:
    """Every key of others that is believed; those whose certificates have ended are left out.

    Raises:
        UnreadableKeyList: a file is damaged.
    """
    found = []
    for path in sorted((keys_at / _FOLDER).glob("*.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
            found += [_read(one) for one in content["keys"]]
        except (ValueError, KeyError, TypeError, UnsuitableKey):
            raise UnreadableKeyList from None
    return [one for one in found if one.key.not_after is None or one.key.not_after > now]


def _folder(keys_at: Path, source: str) -> Path:
    if not _SOURCE.fullmatch(source):
        raise UnreadableKeyList
    return keys_at / _FOLDER


def _written(one: ElsewhereKey) -> dict[str, Any]:
    ends = one.key.not_after
    kid = {"kid_bytes": one.kid.hex()} if isinstance(one.kid, bytes) else {"kid": one.kid}
    return {
        "name": one.name,
        **kid,
        "address": one.address,
        "spki": one.key.spki.hex(),
        "not_after": None if ends is None else int(ends.timestamp()),
        "uses": sorted(one.key.uses),
    }


def _read(written: dict[str, Any]) -> ElsewhereKey:
    bare = key_of_spki(bytes.fromhex(written["spki"]))
    ends = written["not_after"]
    not_after = None if ends is None else datetime.fromtimestamp(ends, UTC)
    key = PublishedKey(bare.algorithm, bare.key, not_after, frozenset(written["uses"]))
    kid = written["kid"] if "kid" in written else bytes.fromhex(written["kid_bytes"])
    return ElsewhereKey(written["name"], kid, key, written["address"])
