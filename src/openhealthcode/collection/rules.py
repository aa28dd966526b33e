"""What may come in: collection rules as versioned data.

Until every scene has its own rule there is one, permissive and said so: what an institution's
system or an operator's load delivers is filed if it is of a published kind.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class CollectionRule:
    """One rule: which scene it is for, what it rests on, since when it holds."""

    name: str
    version: str
    legal_basis: str
    description: str
    description_zh: str

    @property
    def reference(self) -> str:
        """How an event of the log names the rule under which something was filed."""
        return f"{self.name}@{self.version}"


def _load() -> dict[str, CollectionRule]:
    text = files("openhealthcode.collection").joinpath("rules.toml").read_text(encoding="utf-8")
    return {name: CollectionRule(name=name, **rule) for name, rule in tomllib.loads(text).items()}


RULES = _load()
IMPORT_RULE = RULES["import"]
