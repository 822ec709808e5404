"""Noticing what is due: switches, reminders, digests."""
