"""The measured promises, each a ratio to a named reference in the same run; never part of a timed test."""
