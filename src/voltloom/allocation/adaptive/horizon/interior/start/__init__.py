"""Where the solver begins."""
