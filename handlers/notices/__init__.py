"""Notices: what people choose to hear, a schedule's channel, webhooks."""
