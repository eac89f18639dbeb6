"""Webhooks on their way: signed, shuffled, sometimes twice, and again until they are taken."""

import heapq
import json
import threading
import time

from sandbox.stripe.errors import Json
from sandbox.stripe.faults import Faults
from sandbox.stripe.post import Parcel, Post, current_secrets, signature
from sandbox.stripe.store import Store

# Real seconds between the tries; Stripe goes on for three days, a sandbox need not.
AGAIN_AFTER = (0.5, 2.0, 5.0, 15.0, 60.0, 300.0)


class Deliveries:
    """Rows in the store are the queue; threads carry them, nearest due first."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._planned: list[tuple[str, int, int]] = []
        self._queues: dict[str, list[tuple[int, int]]] = {}
        self._busy: set[str] = set()
        self._change = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._stopping = False

    def plan(self, event: Json, endpoint: Json) -> None:
        """Within the transaction of the event: promise its delivery."""
        occasion = (event["id"], endpoint["id"])
        named = (event["type"], *occasion[1:])
        now = time.time_ns() // 1000
        if self._faults.at_delivery("drop", *named, event["id"]):
            self._insert(occasion, now, copy=0, state="dropped")
            return
        due = now
        if delay := self._faults.at_delivery("delay", *named, event["id"]):
            due += int(delay.seconds * 1_000_000)
        if shuffle := self._faults.at_delivery("reorder", *named, event["id"]):
            due += self._faults.part(shuffle.seconds, "reorder", *occasion)
        self._promise(occasion, due, copy=0)
        if twice := self._faults.at_delivery("double", *named, event["id"]):
            later = self._faults.part(twice.seconds, "double", *occasion)
            self._promise(occasion, due + later, copy=1)

    def _promise(self, occasion: tuple[str, str], due: int, copy: int) -> None:
        seq = self._insert(occasion, due, copy, "waiting")
        self._planned.append((occasion[1], due, seq))
        self._store.after_commit(self._release)

    def _insert(self, occasion: tuple[str, str], due: int, copy: int, state: str) -> int:
        return self._store.insert(
            "INSERT INTO deliveries (event, endpoint, due, copy, state) VALUES (?, ?, ?, ?, ?)",
            (*occasion, due, copy, state),
        )

    def _release(self) -> None:
        with self._change:
            planned, self._planned = self._planned, []
            for endpoint, due, seq in planned:
                heapq.heappush(self._queues.setdefault(endpoint, []), (due, seq))
            self._change.notify_all()

    def start(self, carriers: int = 4) -> None:
        for endpoint, due, seq in self._store.rows(
            "SELECT endpoint, due, seq FROM deliveries WHERE state = 'waiting'"
        ):
            heapq.heappush(self._queues.setdefault(endpoint, []), (due, seq))
        for number in range(carriers):
            carrier = threading.Thread(target=self._carry, name=f"carrier-{number}", daemon=True)
            carrier.start()
            self._threads.append(carrier)

    def stop(self) -> None:
        with self._change:
            self._stopping = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join(timeout=2)

    def forget(self) -> None:
        """After a reset: what was waiting is gone."""
        with self._change:
            self._queues.clear()
            self._planned.clear()

    def waiting(self) -> int:
        with self._change:
            return sum(map(len, self._queues.values())) + len(self._busy)

    def _carry(self) -> None:
        post = Post()
        try:
            while (taken := self._take()) is not None:
                endpoint, seq = taken
                self._deliver(seq, post)
                with self._change:
                    self._busy.discard(endpoint)
                    self._change.notify_all()
        finally:
            post.close()

    def _take(self) -> tuple[str, int] | None:
        """The next delivery due; without shuffling an endpoint gets one at a time."""
        with self._change:
            while not self._stopping:
                one_by_one = not self._faults.shuffling
                free = [
                    (queue[0], endpoint)
                    for endpoint, queue in self._queues.items()
                    if queue and not (one_by_one and endpoint in self._busy)
                ]
                wait = 60.0
                if free:
                    (due, seq), endpoint = min(free)
                    wait = (due - time.time_ns() // 1000) / 1_000_000
                    if wait <= 0:
                        heapq.heappop(self._queues[endpoint])
                        self._busy.add(endpoint)
                        return endpoint, seq
                self._change.wait(min(wait, 60.0))
        return None

    def _deliver(self, seq: int, post: "Post") -> None:
        with self._store.transaction():
            parcel = self._pack(seq)
        if parcel is None:
            return
        status, note = post.send(parcel)
        with self._store.transaction():
            if 200 <= status < 300:
                self._delivered(parcel)
            else:
                self._again(parcel, note or f"answered {status}")

    def _pack(self, seq: int) -> Parcel | None:
        rows = self._store.rows(
            "SELECT event, endpoint, attempts, copy FROM deliveries WHERE seq = ? AND state = 'waiting'",
            (seq,),
        )
        if not rows:
            return None
        event_id, endpoint_id, attempts, copy = rows[0]
        event, endpoint = self._store.get(event_id), self._store.get(endpoint_id)
        if event is None or endpoint is None or endpoint["status"] != "enabled":
            self._close(seq, attempts, "dropped", "the endpoint is gone")
            return None
        named = (event["type"], endpoint_id, seq, attempts)
        other = self._faults.at_delivery("api_version", *named)
        version = other.version or "2020-08-27" if other else endpoint["api_version"]
        body = json.dumps({**event, "api_version": version or event["api_version"]}).encode()
        secrets = current_secrets(self._store.hidden(endpoint_id))
        if self._faults.at_delivery("bad_signature", *named):
            secrets = ["whsec_of_somebody_else"]
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Cache-Control": "no-cache",
            "Accept": "*/*; q=0.5, application/xml",
            "Stripe-Signature": signature(body, secrets, int(time.time())),
        }
        return Parcel(seq, attempts, bool(copy), event_id, endpoint["url"], body, headers)

    def _delivered(self, parcel: Parcel) -> None:
        self._close(parcel.seq, parcel.attempts + 1, "delivered", "")
        if not parcel.copy:
            self._store.execute(
                "UPDATE objects SET body = json_set(body, '$.pending_webhooks', "
                "max(0, json_extract(body, '$.pending_webhooks') - 1)) WHERE id = ?",
                (parcel.event,),
            )

    def _again(self, parcel: Parcel, note: str) -> None:
        if parcel.attempts >= len(AGAIN_AFTER):
            self._close(parcel.seq, parcel.attempts + 1, "failed", note)
            return
        due = time.time_ns() // 1000 + int(AGAIN_AFTER[parcel.attempts] * 1_000_000)
        self._store.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due = ?, note = ? WHERE seq = ?",
            (due, note, parcel.seq),
        )
        endpoint = self._store.rows("SELECT endpoint FROM deliveries WHERE seq = ?", (parcel.seq,))
        if endpoint:
            self._planned.append((endpoint[0][0], due, parcel.seq))
            self._store.after_commit(self._release)

    def _close(self, seq: int, attempts: int, state: str, note: str) -> None:
        self._store.execute(
            "UPDATE deliveries SET state = ?, attempts = ?, note = ? WHERE seq = ?",
            (state, attempts, note, seq),
        )
