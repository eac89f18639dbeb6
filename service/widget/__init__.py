"""The widget: one script that a newsroom's article carries, with all that it needs inside."""
