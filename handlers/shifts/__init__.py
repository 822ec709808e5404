"""Shifts: assigned, confirmed, changed, swapped, taken."""
