"""The International Patient Summary (国际患者摘要): a record's summary for a clinician elsewhere.

Pure functions over exactly the entries that may go in; ``compose.py`` says what goes where.
"""

from openhealthcode.record.patient_summary.compose import SummaryHead, patient_summary

__all__ = ["SummaryHead", "patient_summary"]
