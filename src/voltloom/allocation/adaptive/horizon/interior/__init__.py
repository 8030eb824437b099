"""A solver of our own for the plan's problem: an interior-point method that knows its structure."""
