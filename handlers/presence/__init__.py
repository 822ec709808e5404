"""Where who is on call shows in Slack: user groups, channel topics, fallback people."""
