"""`python -m sandbox.mailbox`: the SMTP server and the web page in one process."""

import argparse
import asyncio
import json
import signal
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.mailbox.faults import Faults
from sandbox.mailbox.pages import create_app
from sandbox.mailbox.smtp import Receiver, listen
from sandbox.mailbox.store import Store


class Quiet(WSGIRequestHandler):
    """Addresses of pages carry readers' addresses: they are not logged."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main() -> None:
    wish = arguments()
    store = Store(wish.store)
    faults = Faults()
    app = create_app(store, faults, host=wish.host)
    web = make_server(wish.host, wish.http_port, app, threaded=True, request_handler=Quiet)
    serving = threading.Thread(target=web.serve_forever)
    serving.start()
    try:
        asyncio.run(receive(Receiver(store, faults), wish, web))
    finally:
        web.shutdown()
        serving.join()
        web.server_close()
        store.close()


async def receive(receiver: Receiver, wish: argparse.Namespace, web: BaseWSGIServer) -> None:
    """Take mail until we are asked to go."""
    asked_to_go = asyncio.Event()
    for farewell in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(farewell, asked_to_go.set)
    server = await listen(receiver, wish.host, wish.smtp_port)
    announce(server.sockets[0].getsockname()[1], web.server_port, wish.ports_file)
    await asked_to_go.wait()
    server.close()


def announce(smtp: int, http: int, ports_file: Path | None) -> None:
    print(f"mailbox: smtp on port {smtp}, pages on port {http}", flush=True)
    if ports_file:
        unfinished = ports_file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps({"smtp": smtp, "http": http}))
        unfinished.rename(ports_file)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.mailbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="another one only inside containers")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 is a free one")
    parser.add_argument("--http-port", type=int, default=0, help="0 is a free one")
    parser.add_argument("--store", type=Path, required=True, help="the file that keeps the mail")
    parser.add_argument("--ports-file", type=Path, help="where to write the ports as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
