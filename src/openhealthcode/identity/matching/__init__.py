"""Matching (匹配): whether two registrations are one person's, how sure that is, and why.

Start with ``variant_of``, the form in which a registration is compared; ``blocking_keys`` find what
to compare it with; ``compare`` tells how far each field agrees, ``score`` weighs that with a model
in Splink's file format, ``decide`` applies the rules D1 to N1, ``explain`` says it in words. All
this is pure.
"""

from openhealthcode.identity.matching.compare import ONLINE, columns, compare
from openhealthcode.identity.matching.conditions import settings
from openhealthcode.identity.matching.explain import (
    Explanation,
    explain,
    level_in_words,
    rule_in_words,
)
from openhealthcode.identity.matching.keys import HOT_KEY_CAP, blocking_keys
from openhealthcode.identity.matching.model import (
    Block,
    Candidate,
    Comparison,
    Decision,
    Doubt,
    Evidence,
    Field,
    Level,
    Link,
    Match,
    MatchGrade,
    Nobody,
    Rule,
    Score,
    Variant,
)
from openhealthcode.identity.matching.normalise import variant_of
from openhealthcode.identity.matching.rules import decide, grade, judge, name_agrees, rule_of
from openhealthcode.identity.matching.score import Model, ModelUnsuitable, default_model, score
from openhealthcode.identity.matching.search import (
    comparable,
    index,
    likenesses,
    ranked,
    scored,
    search,
    unindex,
)
from openhealthcode.identity.matching.store import Found, open_row, phone_holders, variants

# fmt: off
__all__ = [
    "HOT_KEY_CAP", "ONLINE", "Block", "Candidate", "Comparison", "Decision", "Doubt", "Evidence",
    "Explanation", "Field", "Found", "Level", "Link", "Match", "MatchGrade", "Model", "ModelUnsuitable", "Nobody",
    "Rule", "Score", "Variant", "blocking_keys", "columns", "comparable", "compare", "decide", "default_model", "explain", "grade", "index", "judge",
    "level_in_words", "likenesses", "name_agrees", "open_row", "phone_holders", "ranked", "rule_in_words", "rule_of", "score", "scored", "search", "settings",
    "unindex", "variant_of", "variants",
]
