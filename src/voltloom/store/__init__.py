"""What is kept: an append-only journal in groups of durable commits, and the read models that are made from it."""
