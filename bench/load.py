"""A small closed-loop load: some keep-alive connections, each sending its next request after the last answer.

Requests are ready bytes on plain sockets, so that the client takes little of the two cores it shares.
"""

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """`rate` in requests a second, `p50` and `p99` in milliseconds."""

    rate: float
    p50: float
    p99: float


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(port: int, requests: Sequence[bytes], concurrency: int) -> Measured:
    """Send every request once, over `concurrency` connections; raises when one is not answered 204."""
    shares = [requests[start::concurrency] for start in range(concurrency)]
    took: list[list[float]] = [[] for _ in shares]
    failures: list[str] = []

    def send(share: Sequence[bytes], times: list[float]) -> None:
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in share:
            began = time.perf_counter()
            connection.sendall(request)
            answer = _whole_answer(connection)
            times.append(time.perf_counter() - began)
            if b" 204 " not in answer[:16]:
                failures.append(answer[:200].decode(errors="replace"))
            if b"connection: close" in answer.lower():
                connection.close()
                connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        connection.close()

    threads = [threading.Thread(target=send, args=pair) for pair in zip(shares, took, strict=True)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failures:
        raise RuntimeError(f"{len(failures)} requests were not answered 204, for example: {failures[0]}")
    each = sorted(one for times in took for one in times)
    if len(each) != len(requests):
        raise RuntimeError(f"only {len(each)} of {len(requests)} requests were answered")
    return Measured(
        rate=len(each) / seconds,
        p50=1000 * each[len(each) // 2],
        p99=1000 * each[len(each) * 99 // 100],
    )


def _whole_answer(connection: socket.socket) -> bytes:
    """A 204 has no body, so that its head is the whole answer."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        received = connection.recv(65536)
        if not received:
            break
        answer += received
    return answer
