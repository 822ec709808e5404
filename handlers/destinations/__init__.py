"""Destinations: set up, refreshed, exported, and what people answer to imports."""
