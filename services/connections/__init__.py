"""What can be done about connections: keys of accounts, who may use them, and asking for that."""
