"""What a solar plant will give: a clear sky's light, times a clear-sky index that lasts a while and then returns to its mean.

The index (what was measured over what a clear sky would have given) takes the sun's course out of the days, so that they
are alike; how long a cloudy or bright hour lasts and how far the index strays is learned from the days, as in `days`. A
shadow, a wrong tilt or dirt shows as an index of its own at its time of day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.forecast.days import Curve, DaySettings, Measured, Now, ahead, measured, nothing_measured
from voltloom.forecast.sun import Plane, clear_sky_ratio
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

LEAST_CLEAR_RATIO = 0.02  # below this part of the rating an index is mostly noise
HIGHEST_INDEX = 1.6  # clouds beside the sun add light; more is a wrong plane
DEG_PER_HOUR = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A solar plant. step_s: of its forecasts and measurements, a part of a day."""

    plane: Plane
    rated_w: float
    step_s: float = 900.0

    @property
    def steps_count(self) -> int:
        """Return the steps of a day."""
        return round(SECONDS_PER_DAY / self.step_s)

    def at(self, time_s: float) -> Now:
        """Return the step that holds a moment of Unix time, in days that begin near solar midnight."""
        shift_s = round(self.plane.longitude_deg / DEG_PER_HOUR) * SECONDS_PER_HOUR
        day, of_day_s = divmod(time_s + shift_s, SECONDS_PER_DAY)
        return Now(day=int(day), step=int(of_day_s // self.step_s), kind=0, next_kind=0)


def no_sun_yet(plant: Plant) -> Measured:
    """Return the memory of a plant before anything was measured."""
    return nothing_measured(plant.steps_count)


def sun_measured(memory: Measured, plant: Plant, start_s: float, power_w: float) -> Measured:
    """Return the memory with the mean power of the step that began at start_s."""
    clear_w = float(clear_w_in(plant, np.array([start_s]))[0])
    index = np.clip(power_w / clear_w, 0.0, HIGHEST_INDEX) if _is_light(plant, clear_w) else np.nan
    return measured(memory, plant.at(start_s), float(index))


def sun_ahead(memory: Measured, plant: Plant, start_s: float, count: int, probability: Floats) -> Curve:
    """Return the mean power in W of `count` steps from start_s on, (count,), and its quantiles (count, k).

    At most a day of steps. Until anything was measured a clear sky is the highest quantile, half of it the mean.
    """
    clear_w = clear_w_in(plant, start_s + plant.step_s * np.arange(count, dtype=np.float64))
    kind_alike = DaySettings(other_kind_weight=1.0)
    index = ahead(memory, plant.at(start_s), count, probability, kind_alike)
    mean, quantiles = _filled(index.mean, np.array(0.5)), _filled(index.quantiles, probability)
    mean, quantiles = mean.clip(0.0, HIGHEST_INDEX), quantiles.clip(0.0, HIGHEST_INDEX)
    return Curve(mean * clear_w, quantiles * clear_w[:, None])


def clear_w_in(plant: Plant, start_s: Floats) -> Floats:
    """Return what the plant would give under a clear sky in the steps that begin at start_s, (t,), in W."""
    # The middle of a step stands for it; at sunrise and sunset four moments are nearer to its mean.
    parts = [
        clear_sky_ratio(plant.plane, start_s + plant.step_s * part) for part in (0.125, 0.375, 0.625, 0.875)
    ]
    mean_w: Floats = plant.rated_w * np.mean(parts, axis=0)
    return mean_w


def _is_light(plant: Plant, clear_w: float) -> bool:
    return clear_w > LEAST_CLEAR_RATIO * plant.rated_w


def _filled(index_ratio: Floats, unknown_ratio: Floats) -> Floats:
    """Return an index (h, ...) with the mean of its known steps where it is unknown; `unknown_ratio` where none is known."""
    known = np.isfinite(index_ratio)
    count = known.sum(axis=0)
    mean = np.where(count > 0, np.nan_to_num(index_ratio).sum(axis=0) / np.maximum(count, 1), unknown_ratio)
    found: Floats = np.where(known, index_ratio, mean)
    return found
