"""The rules of published simulations, for comparison."""
