"""What can be done about people: members, who they are in external systems, and those who left."""
