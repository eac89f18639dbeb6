"""PostgreSQL and Valkey for this machine alone: run from their wheels, gone when we are gone."""

from sandbox.embedded.claim import Busy
from sandbox.embedded.servers import Embedded, start

__all__ = ["Busy", "Embedded", "start"]
