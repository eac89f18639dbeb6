"""Stripe, played on this machine: stateful, over real HTTP, with signed webhooks and a clock."""
