"""What every service needs: errors, permissions, the audit trail, words."""
