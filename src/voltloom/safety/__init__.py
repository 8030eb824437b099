"""What may never happen, whatever an architecture proposes; knows nothing of allocation."""
