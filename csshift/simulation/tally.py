"""What one replication counts: by measure, queue and interval."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

MEASURES: Final = (
    "contacts",
    "requests",
    "in_time",
    "replies",
    "response",
    "within_180",
    "given_up",
    "waited",
    "waited_no_more",
    "busy",
    "staffed",
)
"""
contacts
    Calls, sessions or work items that arrive, those that a bot answers left out.
requests
    Calls that arrive, messages that customers write, or work items that arrive.
in_time
    Of `requests`: answered within the threshold of the skill, or before the deadline.
replies, response
    Of `requests`: answered at all, and the seconds that this took.
within_180
    Of `requests`: answered within three minutes.
given_up
    Of `contacts`: calls that nobody answered in the customer's patience.
waited, waited_no_more
    Contacts that begin and that end to wait for an agent in the interval.
busy
    Seconds of work on what was begun in the interval.
staffed
    Seconds that agents give to the queue.
"""
CONTACTS, REQUESTS, IN_TIME, REPLIES, RESPONSE, WITHIN_180, GIVEN_UP = range(7)
WAITED, WAITED_NO_MORE, BUSY, STAFFED = range(7, 11)


class Tally:
    """Counters of one replication.

    Parameters
    ----------
    queues, slots : int
        Their numbers; a cell is queue * slots + slot.
    """

    def __init__(self, queues: int, slots: int, agents: int) -> None:
        self.queues, self.slots = queues, slots
        # Lists: an event changes single numbers, for which arrays are slow.
        self.counts = [[0.0] * (queues * slots) for _ in MEASURES]
        self.idle = [[0.0] * slots for _ in range(agents)]

    def array(self) -> NDArray[np.float64]:
        """Return the counts, shape (measures, queues, slots)."""
        return np.array(self.counts).reshape(len(MEASURES), self.queues, self.slots)
