"""What may never happen, whatever an architecture wants. Cannot see `allocation`."""
