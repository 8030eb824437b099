"""Stationary batteries: what is known of them, what they may be doing, and the rules that need no optimiser."""
