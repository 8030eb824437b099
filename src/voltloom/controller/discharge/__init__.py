"""Vehicles that feed back: what they hold above their drivers' floors, what they may be feeding back, what is granted."""
