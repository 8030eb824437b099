"""The simulated shell: virtual time, simulated stations and vehicles, chance from a seed."""
