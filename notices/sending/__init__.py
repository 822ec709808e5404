"""Sending: the outbox is emptied, by Slack, e-mail and webhooks."""
