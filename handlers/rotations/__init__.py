"""Rotations: the pattern from draft to saved version."""
