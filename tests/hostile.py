"""What strangers may send instead of what is asked for, and what every answer to it is like.

The planted marker stands for a personal value: it must appear in no answer and in no log.
"""

from __future__ import annotations

import visits
from openhealthcode.fhir.outcome import ANSWERS

MARKER = "Zx7-planted-marker"
FHIR = {"Content-Type": "application/fhir+json"}
HUGE = 10**5


def observation(**changes):
    return {**visits.glucose("2026-01-01"), "subject": {"reference": "Patient/x"}, **changes}


def nested(depth):
    return b'{"resourceType":"Observation","extension":' + b"[" * depth + b"]" * depth + b"}"


RAW = {
    "nothing": b"",
    "text": MARKER.encode(),
    "cut off": b'{"resourceType":"Observation","status":"' + MARKER.encode(),
    "a list": b"[]",
    "deep": nested(50),
    "very deep": nested(HUGE),
    "a huge integer": b'{"resourceType":"Observation","valueInteger":' + b"9" * 5_000_000 + b"}",
    "a large integer": b'{"resourceType":"Observation","valueInteger":99999999999999999999999}',
    "infinity": b'{"resourceType":"Observation","valueDecimal":1e999}',
    "not a number": b'{"resourceType":"Observation","valueDecimal":NaN}',
    "a lone surrogate": rb'{"resourceType":"Observation","status":"\ud800"}',
    "no UTF-8": b'{"resourceType":"Observation","status":"\xff\xfe"}',
    "UTF-16": '{"resourceType":"Observation"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"resourceType":"Observation"}',
    "a name twice": b'{"resourceType":"Observation","status":"final","status":"amended"}',
    "a null character": rb'{"resourceType":"Observation","status":"\u0000"}',
    "many objects": b'{"resourceType":"Observation","note":[' + b"{}," * 500_000 + b"{}]}",
    "too many bytes": b'{"resourceType":"Observation","note":"' + b"x" * 11_000_000 + b'"}',
    "no type": b'{"status":"final"}',
    "a type that is no text": b'{"resourceType":["Observation"]}',
}

WRONG = {
    "another type": {"resourceType": "Patient"},
    "an unknown status": observation(status=MARKER),
    "an unknown element": observation(**{MARKER: MARKER}),
    "an unknown nested element": observation(code={"coding": [{MARKER: 1}]}),
    "a wrong JSON type": observation(status=[MARKER]),
    "an impossible date": observation(effectiveDateTime=f"2026-02-30{MARKER}"),
    "a reference to nobody": observation(subject={"reference": f"Patient/{MARKER}"}),
    "a broken reference": observation(subject={"reference": f"<{MARKER}>"}),
    "a reference elsewhere": observation(encounter={"reference": f"urn:uuid:{MARKER}"}),
    "an active narrative": observation(
        text={"status": "generated", "div": f"<div><script>{MARKER}</script></div>"}
    ),
    "an overlong string": observation(
        valueString=MARKER + "x" * 1_100_000, valueQuantity={"value": 1}
    ),
    "two choices": observation(valueString=MARKER),
    "a Bundle": visits.bundle(visits.patient(), *visits.LIFE),
}


def check_refusal(name, answer):
    assert 400 <= answer.status_code < 500, (name, answer.status_code)
    assert MARKER not in answer.text, name
    assert MARKER not in str(answer.headers), name
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome", name
    assert answer.headers["content-type"] == "application/fhir+json", name
    for issue in outcome["issue"]:
        assert issue["details"]["coding"][0]["code"] in ANSWERS, name
