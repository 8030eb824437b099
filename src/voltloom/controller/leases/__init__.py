"""Limits as leases: what was sent, what was confirmed, and what may therefore still be drawn."""
