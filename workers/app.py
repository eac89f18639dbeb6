"""Celery, configured: the clock and the hands.

What must happen later is a row in the database; losing the broker loses nothing.
"""

import logging
from functools import cache
from typing import Any

from celery import Celery
from celery.beat import Scheduler
from celery.signals import setup_logging

from service import create_app
from service.logs import write_json_lines
from service.mail import Relay
from service.parts import Parts
from service.settings import Settings
from workers.timetable import TIMETABLE

settings = Settings.from_environment()

app = Celery("sustainer", broker=settings.redis_url, include=["workers.tasks"])
app.conf.update(
    # Tasks return nothing; a result backend would only fill the broker.
    task_ignore_result=True,
    # Only JSON, so that whoever reaches the broker cannot run code here.
    accept_content=["json"],
    task_serializer="json",
    # A tick waits in the broker, not in a worker that is busy with the one before.
    worker_prefetch_multiplier=1,
    # A pass ends by itself after 20 seconds; one that hangs longer than this is killed.
    task_time_limit=300,
    worker_max_tasks_per_child=5000,
    # Business days are worked out in the newsroom's zone by our own code; the broker knows UTC only.
    timezone="UTC",
    enable_utc=True,
    beat_schedule=TIMETABLE,
    beat_max_loop_interval=1,
    # A worker started before its broker waits for it, and one that loses it comes back by itself.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 5, "socket_keepalive": True},
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
)

log = logging.getLogger(__name__)

MOST_TICKS_WAITING = 2


class Ticker(Scheduler):  # type: ignore[misc]
    """Publishes a tick only while its queue is nearly empty: a night without a worker fills nothing."""

    def setup_schedule(self) -> None:
        super().setup_schedule()
        log.info("the clock ticks", extra={"entries": len(self.schedule)})

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> Any:
        with self.app.connection_or_acquire() as connection:
            waiting = connection.default_channel.client.llen(entry.options["queue"])
        if waiting >= MOST_TICKS_WAITING:
            return self.reserve(entry) if advance else entry
        return super().apply_async(entry, producer=producer, advance=advance, **kwargs)


@setup_logging.connect
def log_as_json(**_: Any) -> None:
    write_json_lines(settings.log_level)
    logging.getLogger("celery.beat").setLevel(logging.WARNING)
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)


@cache
def parts() -> Parts:
    """The parts of this process, put together on first use: connections must not cross a fork."""
    found = create_app(settings).extensions["parts"]
    assert isinstance(found, Parts)
    return found


@cache
def relay() -> Relay:
    """The way out for mail, kept open from one tick to the next."""
    return Relay.of(settings)
