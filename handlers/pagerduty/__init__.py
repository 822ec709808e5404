"""PagerDuty schedules that Baton makes, and linking those that exist."""
