"""How gunicorn runs; what differs between newsrooms is a setting, and given on its command line."""

import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from service.logs import write_json_lines


class JsonLogger(Logger):  # type: ignore[misc]
    """gunicorn's own words as JSON lines. Requests are logged by the app: by their rule, not their path."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        write_json_lines(os.environ.get("LOG_LEVEL", "INFO").upper())
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def access(self, *_: Any) -> None:
        return


logger_class = JsonLogger
# A heartbeat file on a disk that hangs would make gunicorn kill healthy workers.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn names it itself
# A checkout may wait for Stripe for a while; after SIGTERM it is allowed to finish.
timeout = 75
graceful_timeout = 30
keepalive = 5
# It would listen on a socket in the home of whoever runs it.
control_socket_disable = True
limit_request_line = 4094
limit_request_field_size = 8190
