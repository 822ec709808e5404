"""People: members, who they are in external systems, and those who left."""
