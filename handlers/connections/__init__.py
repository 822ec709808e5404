"""Connections: keys of accounts, who may use them, and asking for that."""
