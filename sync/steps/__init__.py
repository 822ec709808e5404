"""What a reconcile does, step by step, with the database and the external system."""
