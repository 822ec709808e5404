"""What can be done about rotations: the pattern from draft to saved version."""
