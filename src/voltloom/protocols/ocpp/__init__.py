"""OCPP-J 1.6, 2.0.1 and 2.1: frames, calls, typed messages, and what they mean for the core."""
