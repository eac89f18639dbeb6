"""What the mailbox is told to do wrong, and how often still."""

import threading
from enum import StrEnum


class Fault(StrEnum):
    """The ways in which a receiving server lets a sender down."""

    REFUSE_RCPT = "refuse_rcpt"
    TEMPFAIL_RCPT = "tempfail_rcpt"
    TEMPFAIL_DATA = "tempfail_data"
    # The message is kept, the answer never comes: the sender cannot know.
    DROP_AFTER_DOT = "drop_after_dot"
    SLOW = "slow"


class Faults:
    """Asked by the SMTP server, ordered by tests from other threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = dict.fromkeys(Fault, 0)
        self.seconds = 0.0

    def order(self, fault: Fault, count: int, seconds: float) -> None:
        """The next `count` occasions go wrong; 0 takes an order back."""
        with self._lock:
            self._left[fault] = count
            if fault is Fault.SLOW:
                self.seconds = seconds

    def strikes(self, fault: Fault) -> bool:
        """Whether this occasion goes wrong; uses one up."""
        with self._lock:
            strikes = self._left[fault] > 0
            self._left[fault] -= strikes
            return strikes

    def left(self) -> dict[str, int]:
        with self._lock:
            return {fault.value: count for fault, count in self._left.items()}
