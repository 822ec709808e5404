"""Queries, one module per part of the domain. Services and the sync engine see rows, never SQL."""
