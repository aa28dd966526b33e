"""JSON in every spelling FHIR knows for it, and nothing else."""

import pytest

from openhealthcode.fhir.negotiation import (
    NotAcceptable,
    WrongContentType,
    check_accept,
    check_content_type,
    query_of,
)
from openhealthcode.standards import InvalidInput


@pytest.mark.parametrize(
    "accepted",
    [
        b"",
        b"*/*",
        b"application/fhir+json",
        b"application/json",
        b"application/fhir+json; fhirVersion=4.0",
        b'application/fhir+json;fhirVersion="4.0";q=0.5',
        b"text/html, application/xhtml+xml, */*;q=0.1",
        b"Application/FHIR+JSON ; charset=utf-8",
        b"application/fhir+xml;q=0.9, application/fhir+json;q=0.8",
    ],
)
def test_json_is_spoken(accepted):
    check_accept({b"accept": accepted})


@pytest.mark.parametrize(
    "accepted",
    [
        b"application/fhir+xml",
        b"text/html",
        b"text/turtle;q=1.0",
        b"application/fhir+json;q=0",
        b"application/fhir+json;q=0.000",
        b"application/fhir+json; fhirVersion=5.0",
        b"nonsense",
    ],
)
def test_anything_else_is_not(accepted):
    with pytest.raises(NotAcceptable):
        check_accept({b"accept": accepted})


def test_no_preference_means_json():
    check_accept({})


@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [
        (b"application/fhir+json", True),
        (b"application/json; charset=UTF-8", True),
        (b'application/fhir+json;charset="utf-8"; fhirVersion=4.0', True),
        (b"text/json", True),
        (b"", False),
        (b"application/fhir+xml", False),
        (b"application/json; charset=latin-1", False),
        (b"text/plain", False),
        (b"application/json-patch+json", False),
    ],
)
def test_a_body_is_json_in_utf8(sent, is_taken):
    if is_taken:
        check_content_type({b"content-type": sent})
    else:
        with pytest.raises(WrongContentType):
            check_content_type({b"content-type": sent})


@pytest.mark.parametrize("form", ["json", "application/json", "application/fhir%2Bjson",
                                  "application/fhir+json", "text/json"])  # fmt: skip
def test_format_may_be_said_in_the_address(form):
    assert query_of(f"_format={form}&_pretty=true&a=b".encode()) == [("a", "b")]


@pytest.mark.parametrize("form", ["xml", "application/fhir%2Bxml", "ttl", "html", ""])
def test_another_format_is_not_acceptable(form):
    with pytest.raises(NotAcceptable):
        query_of(f"_format={form}".encode())


@pytest.mark.parametrize("query", [b"a=%ff", b"a=\xff", b"&".join([b"a=1"] * 100), b"a" * 20_000])
def test_a_query_that_cannot_be_read_is_refused(query):
    with pytest.raises(InvalidInput):
        query_of(query)
