"""PagerDuty: the account behind a key, and one way to write for every kind of schedule."""
