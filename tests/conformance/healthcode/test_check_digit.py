"""ISO/IEC 7064 MOD 11,10 against numbers that others published."""

from __future__ import annotations

import pytest

from openhealthcode.healthcode.digits import check_digit


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("07945", id="example of ISO/IEC 7064"),
        pytest.param("69435151530", id="Croatian OIB, published example"),
        pytest.param("136695976", id="German VAT number, published example"),
        pytest.param("86095742719", id="German tax number, published example"),
    ],
)
def test_published_numbers_carry_the_digit_computed_here(number):
    assert check_digit(number[:-1]) == number[-1]
