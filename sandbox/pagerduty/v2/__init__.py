"""The layer-based (v2) endpoints and everything that both kinds of schedule share: users, policies, abilities."""
