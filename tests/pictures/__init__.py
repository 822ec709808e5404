"""Pictures, drawn by a process of its own."""
