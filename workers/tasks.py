"""What the clock starts: one sentence each, safe to run twice and at once."""

from service import ledger
from service.mail import delivery
from service.settling import polling, reconcile, rounds
from service.webhooks import keeping
from workers.app import app, parts, relay


@app.task(name="settling.settle")
def settle() -> None:
    """Settle every Stripe object that is due."""
    rounds.settle_due(parts())


@app.task(name="settling.poll")
def poll() -> None:
    """Find the money that no event told of."""
    polling.poll(parts())


@app.task(name="settling.check")
def check() -> None:
    """Once a day, look at five weeks again and hold the books against themselves."""
    reconcile.check_daily(parts())


@app.task(name="ledger.seal")
def seal() -> None:
    """Seal what has been added to the books."""
    with parts().sessions.begin() as session:
        ledger.seal(session)


@app.task(name="mail.deliver")
def deliver() -> None:
    """Deliver every message that is due."""
    delivery.deliver_due(parts(), relay())


@app.task(name="webhooks.forget")
def forget() -> None:
    """Drop the bodies of events settled thirty days ago."""
    with parts().sessions.begin() as session:
        keeping.forget_bodies(session)
