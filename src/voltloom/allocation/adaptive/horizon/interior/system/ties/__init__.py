"""The vehicles' matrix by what steps tie together."""
