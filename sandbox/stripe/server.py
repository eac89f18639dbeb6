"""A small HTTP/1.1 server for one WSGI program: a thread for each connection, kept alive."""

import io
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

Environ = dict[str, Any]
Program = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
LONGEST_LINE = 65_536
LARGEST_BODY = 4 * 1024 * 1024


class Garbled(Exception):
    """Not HTTP as we speak it."""


class Server(socketserver.ThreadingTCPServer):
    """Listens on loopback unless told otherwise; port 0 takes a free one."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), Connection)
        self.program: Program | None = None
        self.stopping = False
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="server", daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self, program: Program) -> None:
        self.program = program
        self._thread.start()

    def stop(self) -> None:
        self.stopping = True
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who hangs up is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Connection(socketserver.StreamRequestHandler):
    """One connection: requests one after the other until either side has enough."""

    server: Server
    disable_nagle_algorithm = True
    rbufsize = 65_536

    def handle(self) -> None:
        try:
            while not self.server.stopping and self._answer():
                pass
        except Garbled as trouble:
            self._write("400 Bad Request", [], f"{trouble}\n".encode(), close=True)

    def _answer(self) -> bool:
        line = self.rfile.readline(LONGEST_LINE)
        if not line.strip():
            return False
        try:
            method, target, protocol = line.decode("latin-1").split()
        except ValueError:
            raise Garbled("not a request line") from None
        headers = self._headers()
        environ = self._environ(method, target, protocol, headers)
        close = headers.get("connection", "").lower() == "close" or protocol == "HTTP/1.0"
        return self._run(environ, method == "HEAD", close)

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(LONGEST_LINE).strip()) != b"":
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise Garbled("not a header")
            headers[name.lower()] = value.strip()
        return headers

    def _body(self, headers: dict[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            raise Garbled("a body needs a Content-Length")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            raise Garbled("no such length")
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self.rfile.read(int(length))

    def _environ(self, method: str, target: str, protocol: str, headers: dict[str, str]) -> Environ:
        path, _, query = target.partition("?")
        environ: Environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": protocol,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self._body(headers)),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
        environ["CONTENT_LENGTH"] = environ.pop("HTTP_CONTENT_LENGTH", "")
        return environ

    def _run(self, environ: Environ, head: bool, close: bool) -> bool:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started.append((status, headers))

        assert self.server.program is not None
        body = b"".join(self.server.program(environ, start_response))
        status, headers = started[-1]
        if any(name == "X-Sandbox-Response" for name, _ in headers):
            # The effect has happened; the caller shall never hear of it.
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        self._write(status, headers, b"" if head else body, close)
        return not close

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes, close: bool) -> None:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        if not any(name.lower() == "content-length" for name, _ in headers):
            lines.append(f"Content-Length: {len(body)}")
        if close:
            lines.append("Connection: close")
        self.connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
