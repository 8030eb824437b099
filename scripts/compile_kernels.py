"""Compile the numerical kernels beforehand, so that whoever starts next, be it a site or the workers of the tests, only loads them.

python -m scripts.compile_kernels
"""

from voltloom.allocation.registry import ARCHITECTURES
from voltloom.simulation.run import warm_up
from voltloom.simulation.scenario_file import Overrides, load_scenario

# Between them: three phases and one, continuous currents and pilots, a battery, PV, vehicles that feed back.
SCENARIOS = ("caltech_54", "caltech_sample", "solar_yard", "v2g_depot")


def main() -> None:
    """Play the beginning of each scenario under each architecture."""
    for name in SCENARIOS:
        scenario = load_scenario(name, Overrides())
        for architecture in ARCHITECTURES:
            warm_up(scenario, architecture=architecture, faults="none", seed=1)


if __name__ == "__main__":
    main()
