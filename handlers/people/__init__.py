"""People: members, who they are in PagerDuty, and those who left."""
