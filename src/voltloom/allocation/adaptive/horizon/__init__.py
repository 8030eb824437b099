"""Adaptive by optimisation: a plan over the coming hours, made anew as time goes on."""
