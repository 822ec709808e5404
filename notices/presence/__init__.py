"""Keeps user groups and channel topics in step with who is on call; docs/adr/0020 says how and why."""
