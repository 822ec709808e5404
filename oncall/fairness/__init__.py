"""Filling roles fairly: pure rules, values in and values out."""
