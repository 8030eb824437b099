"""The words of one control cycle: what it saw, what it decided, and why."""
