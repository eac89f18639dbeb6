"""What goes out over the wire: one signed request, and the line it goes out on."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from sandbox.stripe.errors import Json

PATIENCE = 20.0


@dataclass(frozen=True)
class Parcel:
    """One delivery, ready to be sent."""

    seq: int
    attempts: int
    copy: bool
    event: str
    url: str
    body: bytes
    headers: dict[str, str]


class Post:
    """One carrier's open connections."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], HTTPConnection] = {}

    def send(self, parcel: Parcel) -> tuple[int, str]:
        """The status answered, or 0 and what went wrong."""
        address = urlsplit(parcel.url)
        place = (address.scheme, address.netloc)
        path = address.path or "/"
        target = f"{path}?{address.query}" if address.query else path
        known = place in self._open
        try:
            return self._exchange(place, target, parcel), ""
        except (OSError, HTTPException) as trouble:
            self._drop(place)
            if not known:
                return 0, f"{type(trouble).__name__}: {trouble}"
        # The other side may have hung up while the line was quiet: once more, on a new line.
        try:
            return self._exchange(place, target, parcel), ""
        except (OSError, HTTPException) as trouble:
            self._drop(place)
            return 0, f"{type(trouble).__name__}: {trouble}"

    def _exchange(self, place: tuple[str, str], target: str, parcel: Parcel) -> int:
        line = self._open.get(place)
        if line is None:
            kind = HTTPSConnection if place[0] == "https" else HTTPConnection
            line = self._open[place] = kind(place[1], timeout=PATIENCE)
        line.request("POST", target, parcel.body, parcel.headers)
        answer = line.getresponse()
        answer.read()
        if answer.will_close:
            self._drop(place)
        return answer.status

    def close(self) -> None:
        for place in list(self._open):
            self._drop(place)

    def _drop(self, place: tuple[str, str]) -> None:
        line = self._open.pop(place, None)
        if line is not None:
            line.close()


def signature(body: bytes, secrets: list[str], at: int) -> str:
    """Stripe's header: the real time and one signature for each secret in force."""
    signed = f"{at}.".encode() + body
    proofs = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in secrets]
    return ",".join([f"t={at}", *(f"v1={proof}" for proof in proofs)])


def current_secrets(hidden: Json) -> list[str]:
    """Newest first; an old one counts until its time is over."""
    now = time.time()
    return [entry["secret"] for entry in hidden["secrets"] if entry["until"] is None or entry["until"] > now]
