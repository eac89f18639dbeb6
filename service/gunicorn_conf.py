"""How gunicorn runs; what differs between newsrooms is a setting, and given on its command line."""

import os
from pathlib import Path

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
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "service.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": os.environ.get("LOG_LEVEL", "INFO").upper(), "handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}
