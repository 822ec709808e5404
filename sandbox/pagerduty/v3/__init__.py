"""The shift-based (v3) endpoints."""
