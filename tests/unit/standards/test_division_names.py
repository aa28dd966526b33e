"""A division is called what it was called on a day, as far as the lists say."""

from datetime import date
from itertools import pairwise

import pytest

from openhealthcode.standards.division import (
    _former_names,
    _last_years,
    former_names,
    name_on,
)


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("120112", "1991-12-31", "南郊区"),
        ("120112", "1992-01-01", ""),  # the name it has
        ("120112", "1949-10-01", "南郊区"),  # before the first list: as on the first
        ("152725", "1980-06-01", "乌拉特中后联合旗"),
        ("152725", "1981-06-01", "乌拉特中旗"),
        ("152725", "1982-06-01", ""),
        ("430303", "1983-06-01", "西区"),
        ("110101", "1985-01-01", ""),  # never had another
        ("880102", "1985-01-01", ""),
    ],
)
def test_what_a_division_was_called(code, day, name):
    assert name_on(code, date.fromisoformat(day)) == name


def test_names_follow_each_other_on_the_lists():
    assert len(_former_names()) == 900
    for code, names in _former_names().items():
        years = [year for _, year in names]
        assert years == sorted(set(years)), code
        assert years[0] >= 1980, code
        assert years[-1] < _last_years()[code], code
        assert all(one != other for (one, _), (other, _) in pairwise(names)), code
    assert former_names("000000") == ()
