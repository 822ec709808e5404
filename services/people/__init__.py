"""What can be done about people: members, who they are in PagerDuty, and those who left."""
