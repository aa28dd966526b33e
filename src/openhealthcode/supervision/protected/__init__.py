"""People under special protection (重点保护人员): two supervisors name them, and nobody can list them.

Looks at them that nothing explains are told by the early warning (rule ``vip``). Who they are stands
nowhere but as the mark of the early warning. Start with ``ask``; a second person confirms by typing the
same number again.
"""

from openhealthcode.supervision.protected.model import DAYS, Protection, Standing
from openhealthcode.supervision.protected.protect import ask, confirm, protections, standing

__all__ = ["DAYS", "Protection", "Standing", "ask", "confirm", "protections", "standing"]
