"""A new policy beside the one in force: first in shadow, then on some outlets, and back by itself where a guard trips.

The outlets that stay under the policy in force get what it would give them without any trial: the candidate shares out among its
own outlets what the policy in force would have given those.
"""
