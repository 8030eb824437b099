"""The place: circuits, EVSEs, tariff, and what is set from outside."""
