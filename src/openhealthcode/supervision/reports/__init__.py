"""What residents report: "I do not know this person" becomes a case, and they read what comes of it.

Start with ``report``. The case itself, its hearing and its judgement are those of ``cases``.
"""

from openhealthcode.supervision.reports.follow import follow_reports
from openhealthcode.supervision.reports.model import ResidentReport
from openhealthcode.supervision.reports.report import contest, report, reports_of

__all__ = ["ResidentReport", "contest", "follow_reports", "report", "reports_of"]
