"""Second-order cones of three numbers, as the solver needs them."""
