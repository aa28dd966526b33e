"""What becomes of a name when somebody writes it down."""

from __future__ import annotations

from random import Random

from performance.identity.corpus import naming, tables
from performance.identity.corpus.profiles import Profile

_SHARE_OF_RARE_NAMES = 0.0035
_BY_EAR = 0.1
"""Of the homophones, those that only sound alike to somebody who speaks another dialect."""
_DIALECT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("ing", "in"), ("eng", "en"))
_PLACEHOLDERS = ("不详", "无名氏", "未知", "无")


def written(rng: Random, profile: Profile, name: str, former: str) -> str:
    """The name as it arrives: mostly right."""
    if rng.random() < profile.name_placeholder:
        return rng.choice(_PLACEHOLDERS)
    if former and rng.random() < profile.name_changed / 0.02:
        return former
    if name.isascii():
        return _latin(rng, name) if rng.random() < profile.foreign_variant else name
    if "·" in name and rng.random() < profile.dot_variant:
        name = name.replace("·", rng.choice(tables.names()["dotted"]["separators"]))
    if rng.random() < profile.rare_fallback / _SHARE_OF_RARE_NAMES:
        name = _without_rare(rng, name)
    drawn = rng.random()
    for share, change in (
        (profile.homophone, homophone),
        (profile.look_alike, look_alike),
        (profile.lost_or_doubled, _lost_or_doubled),
        (profile.traditional, _in_traditional),
    ):
        if drawn < share:
            return change(rng, name)
        drawn -= share
    return name


def homophone(rng: Random, name: str) -> str:
    """Another character of the same sound, or of one that a dialect does not tell apart."""
    place = rng.randrange(len(name))
    sound = tables.sounds(name[place])[0]
    if rng.random() < _BY_EAR:
        sound = _by_ear(rng, sound)
    offered = tables.homophones().get(sound, "").replace(name[place], "")
    return _replaced(name, place, rng.choice(offered)) if offered else name


def look_alike(rng: Random, name: str) -> str:
    """A character that is drawn nearly the same."""
    known = tables.resembling()
    places = [place for place, character in enumerate(name) if character in known]
    if not places:
        return name
    place = rng.choice(places)
    return _replaced(name, place, rng.choice(known[name[place]]))


def _in_traditional(_: Random, name: str) -> str:
    return naming.in_traditional(name)


def _by_ear(rng: Random, sound: str) -> str:
    pairs = [(one, other) for one, other in _DIALECT if one in sound or other in sound]
    if not pairs:
        return sound
    one, other = rng.choice(pairs)
    return sound.replace(one, other) if one in sound else sound.replace(other, one)


def _lost_or_doubled(rng: Random, name: str) -> str:
    place = rng.randrange(len(name))
    if rng.random() < 0.5 and len(name) > 2:
        return name[:place] + name[place + 1 :]
    return name[: place + 1] + name[place:]


def _without_rare(rng: Random, name: str) -> str:
    rare = tables.names()["rare"]
    for place, character in enumerate(name):
        if character in rare["characters"]:
            sound = tables.sounds(character)[0]
            spelt = [sound, sound.upper(), ""] if sound.isascii() else [""]
            instead = rng.choice(rare["placeholders"] + spelt)
            return _replaced(name, place, instead)
    return name


def _latin(rng: Random, name: str) -> str:
    family, _, given = name.partition(" ")
    return rng.choice(
        (
            name.title(),
            f"{given} {family}",
            f"{family}, {given}",
            f"{family}{given}",
            f"{family}/{given}",
        )
    )


def _replaced(name: str, place: int, instead: str) -> str:
    return name[:place] + instead + name[place + 1 :]
