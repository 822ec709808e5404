"""Shifts dealt fairly: pure rules, values in and values out."""
