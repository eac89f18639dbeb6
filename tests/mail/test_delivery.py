"""Each message is delivered once, and whatever the relay does, what became of it is known."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service import clock
from service.mail import claims, deliver_due
from service.mail.addressing import Route
from service.mail.models import Message
from service.mail.relay import Relay
from service.parts import Parts
from tests.mail.conftest import Promise, look, make_due, recognised
from tests.mail.sink import HANG_UP, Sink

SOON = timedelta(seconds=5)


def wait_of(message: Message) -> timedelta:
    assert message.next_at is not None
    return message.next_at - clock.real_now()


def test_what_is_due_is_delivered_once(parts: Parts, promise: Promise, sink: Sink, relay: Relay) -> None:
    promise("a", "b", "c")
    assert deliver_due(parts, relay) == 3
    assert deliver_due(parts, relay) == 0
    subjects = sorted(str(each.message["Subject"]) for each in sink.delivered)
    assert subjects == ["About a", "About b", "About c"]
    assert sink.sessions == 1, "one connection carries them all"
    message = look(parts, "a")
    assert (message.state, message.attempts, message.smtp_reply) == ("sent", 1, "250 2.0.0 kept as 1")
    assert message.message_id == sink.delivered[0].message_id
    assert message.template_version == "v1"
    assert message.sent_at is not None
    left = (message.next_at, message.lease_token, message.lease_until, message.in_flight_at, message.reason)
    assert set(left) == {None}


def test_the_content_arrives_as_it_was_written(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("dots")
    deliver_due(parts, relay)
    [delivered] = sink.delivered
    text = delivered.message.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["About dots", ".", "The end."]


def test_two_workers_at_once_deliver_each_message_once(parts: Parts, promise: Promise, sink: Sink) -> None:
    promise(*(f"n{number}" for number in range(120)))
    taken: list[int] = []

    def work() -> None:
        taken.append(deliver_due(parts, Relay(sink.url)))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(taken) == 120
    assert min(taken) > 0, "both had something to do"
    assert len(sink.message_ids) == len(set(sink.message_ids)) == 120


def test_a_letter_that_is_not_wanted_any_more_is_skipped(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("gone-1", "here")
    promise("erased", recipient="dnr_nobody")
    assert deliver_due(parts, relay) == 1
    assert (look(parts, "gone-1").state, look(parts, "gone-1").reason) == ("skipped", "it is gone")
    assert look(parts, "erased").reason == "the reader has been erased"
    assert look(parts, "here").state == "sent"


def test_a_letter_that_cannot_be_written_stops_no_other(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("broken-1", "whole")
    assert deliver_due(parts, relay) == 1
    broken = look(parts, "broken-1")
    assert (broken.state, broken.attempts) == ("pending", 1)
    assert broken.reason == "it could not be written: KeyError"
    assert look(parts, "whole").state == "sent"


def test_a_kind_that_nobody_here_can_write_waits(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("later", kind="not-yet-known")
    assert deliver_due(parts, relay) == 0
    assert look(parts, "later").state == "pending"


def test_a_deadline_that_has_passed_is_the_end(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("stale", deadline=clock.now() - SOON)
    promise("fresh", deadline=clock.now() + timedelta(hours=1))
    assert deliver_due(parts, relay) == 1
    assert (look(parts, "stale").state, look(parts, "stale").reason) == ("failed", "its deadline has passed")


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_refused_for_now_is_tried_later(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay, step: str
) -> None:
    sink.will_say(step, "451 4.7.1 greylisted, anna@reader.example, come again")
    promise("a", "b")
    assert deliver_due(parts, relay) == 1
    a = look(parts, "a")
    assert (a.state, a.attempts, a.reason) == ("pending", 1, "the relay put it off")
    assert a.smtp_reply == "451 4.7.1 greylisted, <address>, come again"
    assert abs(wait_of(a) - timedelta(minutes=15)) < SOON
    assert look(parts, "b").state == "sent"
    assert deliver_due(parts, relay) == 0, "not before its time"
    make_due(parts)
    assert deliver_due(parts, relay) == 1
    assert (look(parts, "a").state, look(parts, "a").attempts, look(parts, "a").reason) == ("sent", 2, None)


def test_waits_grow_until_a_day_has_gone(parts: Parts, promise: Promise, sink: Sink, relay: Relay) -> None:
    promise("a")
    hours = []
    for _ in claims.WAITS:
        sink.will_say("RCPT", "450 4.2.1 busy")
        assert deliver_due(parts, relay) == 0
        hours.append(round(wait_of(look(parts, "a")) / timedelta(hours=1), 2))
        make_due(parts)
    assert hours == [0.25, 1, 4, 4, 4, 4, 4]
    sink.will_say("RCPT", "450 4.2.1 busy")
    deliver_due(parts, relay)
    a = look(parts, "a")
    assert (a.state, a.attempts, a.smtp_reply) == ("failed", 8, "450 4.2.1 busy")
    assert a.reason == "given up: the relay put it off"


def test_no_try_is_planned_past_the_deadline(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    sink.will_say("RCPT", "450 4.2.1 busy")
    promise("a", deadline=clock.now() + timedelta(minutes=10))
    deliver_due(parts, relay)
    assert look(parts, "a").state == "failed"


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_refused_for_good_has_failed(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay, step: str
) -> None:
    sink.will_say(step, "550 5.1.1 <anna@reader.example>: unknown here")
    promise("a", "b")
    assert deliver_due(parts, relay) == 1
    a = look(parts, "a")
    assert (a.state, a.attempts, a.smtp_reply) == ("failed", 1, "550 5.1.1 <<address>>: unknown here")
    assert look(parts, "b").state == "sent"
    assert sink.sessions == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_relay_that_closes_early_is_called_again_at_once(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay, step: str
) -> None:
    promise("a", "b", "c")
    sink.will_say(step, "250 OK", "421 4.7.0 that was enough for one connection")
    assert deliver_due(parts, relay) == 3
    assert [each.session for each in sink.delivered] == [1, 2, 2]
    assert len(set(sink.message_ids)) == 3


def test_a_message_that_ends_every_connection_waits(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("a", "b")
    sink.will_say("RCPT", HANG_UP, HANG_UP)
    assert deliver_due(parts, relay) == 1
    a = look(parts, "a")
    assert (a.state, a.attempts, a.reason) == ("pending", 1, "the connection ended")
    assert look(parts, "b").state == "sent"


def test_an_answer_lost_after_the_dot_is_a_doubt_and_sent_once_more(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("a", "b")
    sink.will_say("DATA", HANG_UP)
    assert deliver_due(parts, relay) == 1
    a = look(parts, "a")
    assert (a.state, a.attempts) == ("unknown", 1)
    assert a.doubted_at is not None
    assert abs(wait_of(a) - timedelta(minutes=15)) < SOON
    make_due(parts)
    assert deliver_due(parts, relay) == 1
    assert look(parts, "a").state == "sent"
    assert len(sink.message_ids) == 3
    assert len(set(sink.message_ids)) == 2, "the copy carries the same Message-ID"


def test_a_second_doubt_stays_for_a_person(parts: Parts, promise: Promise, sink: Sink, relay: Relay) -> None:
    promise("a")
    for _ in range(2):
        sink.will_say("DATA", HANG_UP)
        deliver_due(parts, relay)
        make_due(parts)
    a = look(parts, "a")
    assert (a.state, a.next_at) == ("unknown", None)
    assert deliver_due(parts, relay) == 0
    assert len(sink.delivered) == 2


def test_an_answer_that_does_not_come_is_a_doubt(parts: Parts, promise: Promise, sink: Sink) -> None:
    promise("a")
    sink.delay = 2.0
    assert deliver_due(parts, Relay(sink.url, accept_seconds=0.2)) == 0
    assert look(parts, "a").state == "unknown"


def test_421_after_the_dot_is_a_refusal_for_now(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise("a", "b")
    sink.will_say("DATA", "421 4.3.2 going down")
    assert deliver_due(parts, relay) == 1
    assert (look(parts, "a").state, look(parts, "a").smtp_reply) == ("pending", "421 4.3.2 going down")
    assert sink.sessions == 2


def untouched(parts: Parts) -> bool:
    with parts.sessions.begin() as session:
        return not session.scalar(
            select(func.count())
            .select_from(Message)
            .where((Message.state != "pending") | (Message.attempts > 0) | Message.lease_token.is_not(None))
        )


def test_a_relay_that_is_down_touches_nothing_and_is_left_alone(
    parts: Parts, promise: Promise, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(*(f"n{number}" for number in range(60)))
    relay = Relay("smtp://127.0.0.1:9")
    assert deliver_due(parts, relay) == 0
    assert untouched(parts)
    assert relay.resting
    now = clock.stopwatch()
    monkeypatch.setattr(clock, "stopwatch", lambda: now + 31)
    assert not relay.resting


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("MAIL", "550 5.7.1 this sender is not allowed"),
        ("MAIL", "451 4.3.0 the disk is full"),
        ("RCPT", "530 5.7.0 authentication required"),
    ],
)
def test_a_refusal_that_is_about_us_stops_the_pass(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay, step: str, reply: str
) -> None:
    promise("a", "b", "c")
    sink.will_say(step, reply)
    assert deliver_due(parts, relay) == 0
    assert untouched(parts)
    assert relay.resting
    assert deliver_due(parts, Relay(sink.url)) == 3


def test_what_does_not_fit_into_the_time_goes_back(
    parts: Parts, promise: Promise, sink: Sink, relay: Relay
) -> None:
    promise(*(f"n{number}" for number in range(20)))
    sink.delay = 0.05
    taken = deliver_due(parts, relay, seconds=0.2)
    assert 0 < taken < 20
    sink.delay = 0
    assert deliver_due(parts, relay) == 20 - taken
    assert len(set(sink.message_ids)) == len(sink.message_ids) == 20


def test_only_the_holder_of_the_lease_sends(parts: Parts, promise: Promise, sink: Sink) -> None:
    """A worker that slept too long finds its lease gone, and throws away what it had begun to hand over."""
    promise("a", "b")

    class Sleepy(Relay):
        def offer(self, sender: Route, to: Route, content: bytes) -> None:
            super().offer(sender, to, content)
            make_due(parts)
            deliver_due(parts, Relay(sink.url))

    assert deliver_due(parts, Sleepy(sink.url)) == 0
    assert len(sink.delivered) == len(set(sink.message_ids)) == 2
    assert look(parts, "a").state == look(parts, "b").state == "sent"


def test_an_address_is_not_kept_in_the_outbox(
    parts: Parts, sink: Sink, relay: Relay, promise: Promise
) -> None:
    promise("a", recipient=recognised(parts, "boris@elsewhere.example"))
    deliver_due(parts, relay)
    assert sink.delivered[0].recipient == "boris@elsewhere.example"
    with parts.sessions.begin() as session:
        row = session.execute(select(Message.__table__)).one()
    assert "boris" not in repr(row)
