"""What can be done about destinations: set up, refreshed, exported, and what people answer to imports."""
