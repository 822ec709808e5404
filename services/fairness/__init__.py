"""Filling roles fairly: how it is set, what is dealt and re-planned, and where nobody fits."""
