"""Write the pack: check-lists, impact assessment, keys, retention, what is open; dated, with digests.

Made from what this installation has loaded and stored at this moment. Nothing of a resident is in it
and nothing of a key; whoever reads it learns how the region protects, not whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import anyio

from openhealthcode.database import Pool
from openhealthcode.standards import InvalidInput
from openhealthcode.supervision.evidence import assessed, listed
from openhealthcode.supervision.evidence.checklists_read import checklists
from openhealthcode.trust import Keys

MANIFEST: Final = "MANIFEST.sha256"


async def write(pool: Pool, keys: Keys, folder: Path, version: str) -> Mapping[str, str]:
    """Write everything into a new or empty folder; the digest of each file by its name.

    Raises:
        InvalidInput: there is something in the folder already.
    """
    made_at = datetime.now(UTC)
    target = anyio.Path(folder)
    await target.mkdir(parents=True, exist_ok=True)
    async for _ in target.iterdir():
        raise InvalidInput("the folder is not empty")
    texts = {f"{one.name}.md": listed.checklist(one) for one in checklists()}
    texts["impact-assessment.md"] = assessed.impact(await assessed.agreements(pool))
    texts["retention.md"] = listed.retention()
    texts["keys.md"] = listed.keys(keys.inventory())
    texts["open-matters.md"] = await listed.open_matters(pool, keys)
    texts["README.md"] = listed.front(sorted(texts), made_at, version)
    digests = {}
    for name, text in sorted(texts.items()):
        content = text.encode()
        await (target / name).write_bytes(content)
        digests[name] = sha256(content).hexdigest()
    lines = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    await (target / MANIFEST).write_text(lines, "utf-8")
    return digests
