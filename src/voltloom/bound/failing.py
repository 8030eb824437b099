"""How a bound fails: apart from the solver, so that whoever only catches it need not load one."""


class SolverFailedError(RuntimeError):
    """The solver has no optimum to show; says what it said instead."""
