"""The outbox and its delivery: every message promised once, written at the last moment, sent once."""

from service.mail.delivery import deliver_due
from service.mail.letters import Errand, Letter, Skip, register
from service.mail.relay import Relay
from service.mail.stationery import Stationery

__all__ = ["Errand", "Letter", "Relay", "Skip", "Stationery", "deliver_due", "register"]
