"""`make demo`: the whole service on this machine, its real processes against the sandbox."""
