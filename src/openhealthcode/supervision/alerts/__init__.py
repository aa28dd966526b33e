"""The early warning at work: follows the log, keeps alerts for officers, and the editions of its rules.

``follow`` reads what happened and has ``warning`` judge it; ``alerts_for`` is an officer's queue;
``propose`` and ``decide`` change the rules, by two persons. What an officer makes of an alert is a
case (``supervision.cases``) or a reason why it is none.
"""

from openhealthcode.supervision.alerts.editions import (
    LONGEST_DOCUMENT,
    EditionMoved,
    EditionRow,
    decide,
    edition_in_force,
    editions,
    give_up,
    propose,
    shipped_text,
    silenced_rules,
    weaker_than_before,
)
from openhealthcode.supervision.alerts.follow import Follower
from openhealthcode.supervision.alerts.model import (
    AlertFigures,
    AlertMoved,
    AlertRow,
    AlertState,
    Queue,
)
from openhealthcode.supervision.alerts.officers import alert_for, alerts_for, figures
from openhealthcode.supervision.alerts.past import PastDay, judge_again
from openhealthcode.supervision.alerts.settle import dismiss, make_case

__all__ = [
    "LONGEST_DOCUMENT", "AlertFigures", "AlertMoved", "AlertRow", "AlertState", "EditionMoved", "EditionRow", "Follower",
    "PastDay", "Queue", "alert_for", "alerts_for", "decide", "dismiss", "edition_in_force", "editions", "figures",
    "give_up", "judge_again", "make_case", "propose", "shipped_text", "silenced_rules", "weaker_than_before",
]  # fmt: skip
