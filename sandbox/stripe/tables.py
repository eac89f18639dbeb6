"""The tables of a sandbox: objects as documents, and the little that is no object of Stripe's."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS objects_in_order ON objects (kind, created, seq);
CREATE INDEX IF NOT EXISTS rows_not_paid_out ON objects (json_extract(body, '$.currency'))
    WHERE kind = 'balance_transaction' AND json_extract(hidden, '$.payout_of') IS NULL;
CREATE INDEX IF NOT EXISTS rows_by_payout ON objects (json_extract(hidden, '$.payout_of'))
    WHERE kind = 'balance_transaction';
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, digest TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS agenda (
    seq INTEGER PRIMARY KEY, real INTEGER NOT NULL, due INTEGER NOT NULL,
    verb TEXT NOT NULL, subject TEXT NOT NULL, UNIQUE (verb, subject)
);
CREATE INDEX IF NOT EXISTS agenda_by_due ON agenda (real, due);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, due INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, copy INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting', note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (due) WHERE state = 'waiting';
"""
TABLES = ("objects", "meta", "replies", "agenda", "deliveries")
