"""What can be done about covers: asking for somebody to take a shift."""
