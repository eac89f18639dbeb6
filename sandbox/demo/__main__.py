"""`python -m sandbox.demo`: everything on this machine, until Ctrl-C."""

import argparse
import sys
from pathlib import Path

from sandbox.demo.addresses import NoFreePort
from sandbox.demo.crew import NotReady
from sandbox.demo.folder import Folder
from sandbox.demo.supervisor import AskedToGo, Impossible, Supervisor
from sandbox.embedded import Busy
from sandbox.embedded.postgres import NotReady as DatabaseNotReady


def main() -> int:
    parser = argparse.ArgumentParser(prog="sustainer demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="of the service (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="forget what is in .local/ first")
    wish = parser.parse_args()
    try:
        Supervisor(Folder(Path(".local")), wish.port, wish.fresh).run()
    except AskedToGo:
        return 0
    except Busy as trouble:
        print(f"demo: {trouble}; see .local/demo.json", file=sys.stderr)
        return 1
    except (NotReady, DatabaseNotReady, NoFreePort) as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    except Impossible as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
