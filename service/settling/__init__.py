"""Brings Stripe's objects up to date here: the work queue, the look at Stripe, the one transaction."""
