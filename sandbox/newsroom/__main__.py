"""`python -m sandbox.newsroom`: serve The Lantern on this machine."""

import argparse
import signal
import threading

from werkzeug.serving import make_server

from sandbox.newsroom.site import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.newsroom", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="another one only inside containers")
    parser.add_argument("--port", type=int, default=0, help="0 is a free one")
    parser.add_argument("--sustainer", required=True, help="the address of the donation service")
    wish = parser.parse_args()

    asked_to_go = threading.Event()
    for farewell in (signal.SIGINT, signal.SIGTERM):
        signal.signal(farewell, lambda _number, _frame: asked_to_go.set())
    server = make_server(wish.host, wish.port, create_app(wish.sustainer.rstrip("/")), threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    print(f"newsroom: http://{wish.host}:{server.server_port}", flush=True)
    asked_to_go.wait()
    server.shutdown()
    serving.join()
    server.server_close()


if __name__ == "__main__":
    main()
