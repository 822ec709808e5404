"""What can be done about shifts: assigned, confirmed, changed, swapped, taken."""
