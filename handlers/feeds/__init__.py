"""Calendar feeds in Slack."""
