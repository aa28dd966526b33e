"""Which code system a URI means: one an operator loaded, one of the release, the units' grammar."""

from __future__ import annotations

from openhealthcode.terminology import loaded
from openhealthcode.terminology.concepts import About, canonical, code_system, systems
from openhealthcode.terminology.concepts.system import HeldSystem, System
from openhealthcode.terminology.loaded import LoadedVersion
from openhealthcode.terminology.loaded.store import Database
from openhealthcode.terminology.systems import UCUM
from openhealthcode.terminology.ucum import UnitSystem


async def system_of(database: Database, url: str, version: str = "") -> System | None:
    """The code system of any of its URIs; None if it is not known in this version.

    Args:
        database: where loaded systems lie; what was loaded last comes before the release's own.
        url: the URI, which may end in ``|`` and a version.
        version: a version; empty for the one that holds now.
    """
    url, _, named = url.partition("|")
    url, version = canonical(url), version or named
    for one in reversed(await loaded.versions(database)):
        if one.about.url == url and version in {"", one.about.version}:
            return loaded.LoadedSystem(database, one)
    held = code_system(url)
    if held is None or version not in {"", held.about.version}:
        return None
    return UnitSystem(held.about) if url == UCUM else HeldSystem(held)


async def all_systems(database: Database) -> list[tuple[About, LoadedVersion | None]]:
    """Every version of every code system there is, the release's own first."""
    own: list[tuple[About, LoadedVersion | None]] = [(about, None) for about in systems()]
    return own + [(one.about, one) for one in await loaded.versions(database)]
