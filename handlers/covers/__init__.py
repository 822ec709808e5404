"""Covers: asking for somebody to take a shift."""
