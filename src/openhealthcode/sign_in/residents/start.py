"""A resident says who they are and gets a code, whether or not anybody by that name is known."""

from __future__ import annotations

import msgspec

from openhealthcode.database import Pool
from openhealthcode.identity import normalise_name
from openhealthcode.sign_in.model import Attempt, Subject
from openhealthcode.sign_in.outbox import CodePurpose, Outbox
from openhealthcode.sign_in.residents.codes import send_code
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Keys

_LONGEST_NAME = 128


async def start(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    subject: Subject,
) -> Attempt:
    """Send a code to the phone given.

    Nothing is looked up here: what happens does not depend on whether the person is known.

    Raises:
        InvalidInput: no name, a name beyond all bounds, or a phone number that stands for none.
        TooManyCodes: this phone, or the whole service, had as many codes as it may.
        MessageNotSent: the message was not accepted for delivery.
    """
    if not normalise_name(subject.name) or len(subject.name) > _LONGEST_NAME:
        raise InvalidInput("a name is needed")
    if subject.phone.is_placeholder:
        raise InvalidInput("this telephone number stands for none")
    try:
        about = msgspec.json.encode(subject).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        raise InvalidInput("the name holds a character that does not exist") from None
    return await send_code(
        pool,
        keys,
        outbox,
        phone=subject.phone,
        purpose=CodePurpose.SIGN_IN,
        about=about,
        language=subject.language,
    )
