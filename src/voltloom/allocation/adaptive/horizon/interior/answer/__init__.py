"""The answer and its check."""
