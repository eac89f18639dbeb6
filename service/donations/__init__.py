"""Giving: checkouts, donations and recurring donations."""
