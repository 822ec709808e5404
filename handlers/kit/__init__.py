"""What every room of the handlers needs; it knows no feature."""
