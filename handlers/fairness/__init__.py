"""Roles filled fairly: set, previewed, re-planned."""
