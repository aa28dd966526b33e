"""Copies of an installation, and an installation made of them (备份与恢复).

Start with ``make``. Three things are copied apart from each other, because each protects against
another loss: the database as it was at one moment, the public log as it was a moment later, and, to
another place and only when asked for, the key store. ``restore`` never rolls back a log or a key store
that is there.
"""

from openhealthcode.operations.backup.keys import copy_keys, divide_keys, open_keys
from openhealthcode.operations.backup.make import Made, make, refuse_overlap
from openhealthcode.operations.backup.manifest import BackupDamaged, Manifest, check, read
from openhealthcode.operations.backup.restore import Restored, restore

__all__ = [
    "BackupDamaged",
    "Made",
    "Manifest",
    "Restored",
    "check",
    "copy_keys",
    "divide_keys",
    "make",
    "open_keys",
    "read",
    "refuse_overlap",
    "restore",
]
