"""What a plan needs to know of the time to come: prices, and what the highest power costs."""

from __future__ import annotations

import math
from typing import NamedTuple

from voltloom.site.network import Floats


class Outlook(NamedTuple):
    """Prices from now on, in the currency. start_s, price_per_kwh: (k,), each holds from its start to the next.

    demand_price_per_kw: for the highest mean power over demand_interval_s in the month from month_start_s to month_end_s; 0
    where there is no such charge. day_start_s, is_workday: of the local day. workdays_left: from Monday to Friday in the
    rest of the month, today included. told_until_s: prices after it are assumed, as a service has not told them.
    carbon_g_per_kwh: (k,) of what is bought, None where unknown.
    """

    start_s: Floats
    price_per_kwh: Floats
    demand_price_per_kw: float
    demand_interval_s: float
    month_start_s: float
    month_end_s: float
    day_start_s: float
    is_workday: bool
    workdays_left: int
    told_until_s: float = math.inf
    currency: str = ""
    minor_digits: int = 2
    carbon_g_per_kwh: Floats | None = None
