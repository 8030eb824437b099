"""From the problem to the solver's form, and back."""
