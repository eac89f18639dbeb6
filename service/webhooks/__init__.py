"""Verify and keep: what Stripe tells us, before anything is made of it."""
