"""Which port each part has: the next free ones from the one that was asked for."""

import socket
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
HIGHEST = 65535


@dataclass(frozen=True)
class Addresses:
    """All on loopback. The order is fixed, so that links in old mail still lead somewhere."""

    web_port: int
    newsroom_port: int
    stripe_port: int
    mailbox_port: int
    smtp_port: int

    @classmethod
    def choose(cls, first: int) -> "Addresses":
        taken: list[int] = []
        for _ in range(5):
            taken.append(_free_port(max([first - 1, *taken]) + 1))
        return cls(*taken)

    @property
    def web(self) -> str:
        return _http(self.web_port)

    @property
    def newsroom(self) -> str:
        return _http(self.newsroom_port)

    @property
    def stripe(self) -> str:
        return _http(self.stripe_port)

    @property
    def mailbox(self) -> str:
        return _http(self.mailbox_port)

    @property
    def smtp(self) -> str:
        return f"smtp://{LOOPBACK}:{self.smtp_port}"


class NoFreePort(Exception):
    """Every port from the wanted one on is in use."""


def _free_port(first: int) -> int:
    for port in range(first, HIGHEST + 1):
        with socket.socket() as probe:
            # As the servers do: a connection of the last run that still lingers is no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise NoFreePort(f"no port from {first} on is free")


def _http(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"
