"""`python -m sandbox.stripe`: serve a sandbox until told to stop."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox.stripe.app import Webhook, build
from sandbox.stripe.server import Server
from sandbox.stripe.world import Settings


def main() -> int:
    given = arguments().parse_args()
    server = Server(given.host, given.port)
    address = f"http://{given.host}:{server.port}"
    settings = Settings(
        base_url=(given.public_url or address).rstrip("/"),
        name=given.name,
        country=given.country,
        default_currency=given.currency,
        settles=tuple(given.settles),
        payouts=given.payouts,
        settle_delay_ms=given.settle_delay_ms,
        latency_ms=given.latency_ms,
        orderly=given.orderly,
    )
    given.state.parent.mkdir(parents=True, exist_ok=True)
    sandbox = build(given.state, settings, given.webhook, given.seed)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sandbox.start()
    server.start(sandbox.app)
    if given.port_file:
        write_at_once(given.port_file, f"{server.port}\n")
    print(f"sandbox stripe listening on {address}", flush=True)
    stop.wait()
    server.stop()
    sandbox.stop()
    return 0


def write_at_once(path: Path, text: str) -> None:
    """Whoever finds the file finds it whole."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text)
    draft.replace(path)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    say = parser.add_argument
    say("--state", type=Path, required=True, metavar="FILE", help="where everything is kept")
    say("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    say("--port", type=int, default=0, help="0, the default, takes a free one")
    say("--port-file", type=Path, metavar="FILE", help="the port is written there")
    say("--public-url", metavar="URL", help="how browsers reach it, if not by host and port")
    say("--seed", help="the same seed and the same requests give the same ids")
    say("--webhook", type=webhook, action="append", default=[], metavar="URL=SECRET",
        help="an endpoint for all events, there from the start; may be repeated")  # fmt: skip
    say("--orderly", action="store_true", help="events in order and once")
    say("--latency-ms", type=int, default=0, metavar="N", help="each answer of /v1 takes so long")
    say("--settle-delay-ms", type=int, default=500, metavar="N",
        help="from charge.succeeded to charge.updated (default %(default)s)")  # fmt: skip
    say("--settles", type=currencies, default=[], metavar="usd,eur",
        help="currencies the account keeps; others are converted to the first")  # fmt: skip
    say("--payouts", choices=("manual", "daily"), default="manual",
        help="whether the balance is paid out by itself (default %(default)s)")  # fmt: skip
    say("--currency", default="usd", help="the account's own currency (default %(default)s)")
    say("--country", default="US", help="the account's country (default %(default)s)")
    say("--name", default="Sandbox Newsroom", help="the newsroom's name on the page")
    return parser


def webhook(text: str) -> Webhook:
    url, equals, secret = text.rpartition("=")
    if not equals or not url.startswith(("http://", "https://")) or not secret:
        raise argparse.ArgumentTypeError("give URL=SECRET")
    return Webhook(url, secret)


def currencies(text: str) -> list[str]:
    return [word.strip().lower() for word in text.split(",") if word.strip()]


if __name__ == "__main__":
    sys.exit(main())
