"""Deciding who hears of it, and by which method."""
