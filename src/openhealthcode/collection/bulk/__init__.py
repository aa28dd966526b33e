"""Registering many people from a file: a resident register, an institution's index (批量登记).

``rows_of`` reads CSV, Parquet, FHIR Bundles and NDJSON, row by row; ``register_rows`` takes them
through the same door as a delivery, many at once; ``LoadState`` lets an interrupted load go on.
"""

from openhealthcode.collection.bulk.batches import Desk, OwnDesk, register_rows
from openhealthcode.collection.bulk.columns import TableMalformed
from openhealthcode.collection.bulk.formats import Reading, rows_of
from openhealthcode.collection.bulk.model import Row, RowOutcome, RowResult
from openhealthcode.collection.bulk.processes import ProcessDesk, ProcessLost
from openhealthcode.collection.bulk.results import LoadState, ResultFile, ResultsOfAnother

__all__ = [
    "Desk",
    "LoadState",
    "OwnDesk",
    "ProcessDesk",
    "ProcessLost",
    "Reading",
    "ResultFile",
    "ResultsOfAnother",
    "Row",
    "RowOutcome",
    "RowResult",
    "TableMalformed",
    "register_rows",
    "rows_of",
]
