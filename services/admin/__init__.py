"""What admins look after: doctor, history, workspace settings, restored copies."""
