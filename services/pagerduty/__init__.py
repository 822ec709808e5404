"""What can be done about PagerDuty schedules that Baton makes, and linking those that exist."""
