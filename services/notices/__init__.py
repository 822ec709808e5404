"""What can be done about notices: what people choose to hear, a schedule's channel, webhooks."""
