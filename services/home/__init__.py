"""A person's Home tab: what it tells, who has opened theirs, and when it is drawn again."""
