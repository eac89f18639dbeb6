"""Events as requests, signed as they are made, and the load on dj-stripe, which closes after each."""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from bench.djstripe.gifts import Event
from bench.djstripe.project import SECRET, Peer
from bench.load import Measured


def encode(event: Event) -> bytes:
    return json.dumps(event, indent=2).encode()


def headers(body: bytes, secret: str) -> dict[str, str]:
    at = int(time.time())
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={signature}"}


@dataclass(frozen=True)
class Taken(Measured):
    """`refused` answers were no 200: the event is not processed, and Stripe would have to send it again."""

    refused: int


def post_to_djstripe(peer: Peer, events: Sequence[Event], concurrency: int) -> Taken:
    """Post each event once over `concurrency` connections at a time."""
    ready = [(body, headers(body, SECRET)) for body in map(encode, events)]

    def send(share: Sequence[tuple[bytes, dict[str, str]]]) -> list[tuple[float, int]]:
        return [_send(peer, *one) for one in share]

    began = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as senders:
        answers = list(chain(*senders.map(send, [ready[start::concurrency] for start in range(concurrency)])))
    seconds = time.perf_counter() - began
    took = sorted(each for each, _ in answers)
    return Taken(
        rate=len(took) / seconds,
        p50=1000 * took[len(took) // 2],
        p99=1000 * took[len(took) * 99 // 100],
        refused=sum(status != 200 for _, status in answers),
    )


def _send(peer: Peer, body: bytes, head: dict[str, str]) -> tuple[float, int]:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=30)
    connection.request("POST", peer.path, body, head)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return time.perf_counter() - began, answer.status
