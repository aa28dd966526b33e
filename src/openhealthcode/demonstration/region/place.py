"""Where people of the region live, and which institutions they turn to first.

The prefecture 黛川市 (Daichuan) and everything in it is invented; its division codes lie in 88,
which no province has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

REGION_NAME: Final = "黛川市"
REGION_DIVISION: Final = "880100"
CITY_DIVISION: Final = "880102"
COUNTY_DIVISION: Final = "880121"
OTHER_DIVISIONS: Final = ("880122", "880123", "880203", "880321")


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A community or village with its way into care.

    Args:
        first_contact: where people go first; in a village, its clinic.
        centre: community or township health centre: vaccinations, follow-ups, family doctors.
        hospital: the general hospital people of this place go to.
    """

    key: str
    division: str
    district: str
    town: str
    community: str
    is_rural: bool
    share: int
    first_contact: str
    centre: str
    hospital: str
    maternity: str
    streets: tuple[str, ...] = ()


_COUNTY: Final = ("黛川县", "county-people", "county-maternal")
_CITY: Final = ("云津区", "city-central", "city-maternal")


def _place(
    key: str, town: str, community: str, share: int, centre: str, *streets: str
) -> Neighbourhood:
    is_city = key == "jiangbin"
    district, hospital, maternity = _CITY if is_city else _COUNTY
    return Neighbourhood(
        key=key,
        division=CITY_DIVISION if is_city else COUNTY_DIVISION,
        district=district,
        town=town,
        community=community,
        is_rural=not streets,
        share=share,
        first_contact=centre if streets else f"{key}-village",
        centre=centre,
        hospital=hospital,
        maternity=maternity,
        streets=streets,
    )


NEIGHBOURHOODS: Final = (
    _place("nanqiao", "城关镇", "南桥社区", 22, "nanqiao-community", "桥南路", "文昌街", "河滨路"),
    _place("beimen", "城关镇", "北门社区", 15, "beimen-community", "北门大街", "学府路", "建设路"),
    _place("jiangbin", "江滨街道", "江滨社区", 20, "jiangbin-community", "江滨路", "云津大道"),
    _place("shitang", "石塘镇", "石塘村", 13, "shitang-township"),
    _place("yangjia", "石塘镇", "杨家坳村", 11, "shitang-township"),
    _place("liuxi", "柳溪乡", "柳溪村", 11, "liuxi-township"),
    _place("bailu", "柳溪乡", "白鹭村", 8, "liuxi-township"),
)
_BY_KEY: Final = {place.key: place for place in NEIGHBOURHOODS}
_WEIGHTS: Final = list(accumulate(place.share for place in NEIGHBOURHOODS))


@dataclass(frozen=True, slots=True)
class Home:
    """One household's door."""

    neighbourhood: Neighbourhood
    line: str

    @property
    def text(self) -> str:
        """The whole address as written on an envelope."""
        place = self.neighbourhood
        return f"{REGION_NAME}{place.district}{place.town}{self.line}"


def draw_home(rng: Random, neighbourhood: str = "") -> Home:
    """A home in the given neighbourhood, or anywhere by the size of the places."""
    place = (
        _BY_KEY[neighbourhood]
        if neighbourhood
        else rng.choices(NEIGHBOURHOODS, cum_weights=_WEIGHTS)[0]
    )
    if place.is_rural:
        return Home(place, f"{place.community}{rng.randint(1, 9)}组{rng.randint(1, 60)}号")
    street, number = rng.choice(place.streets), rng.randint(1, 168)
    block, unit, floor = rng.randint(1, 18), rng.randint(1, 3), rng.randint(1, 11)
    return Home(
        place,
        f"{place.community}{street}{number}号{block}栋{unit}单元{floor}0{rng.randint(1, 4)}室",
    )
