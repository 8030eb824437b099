"""What a site expects of the hours to come, as far as it forecasts."""

from __future__ import annotations

from typing import NamedTuple

from voltloom.forecast.comers import Comers
from voltloom.site.network import Bools, Floats


class Expected(NamedTuple):
    """Forecasts that a plan rests on; NaN where nothing is expected, and the plan goes by what it is told.

    edge_s: (j + 1,) where the steps of other_kw begin and end. other_kw: (j,) mean power at the grid connection beside
    vehicles and batteries, the building less PV. departure_s: (n,) in EVSE order, of who is there. need_wh: (n,) the
    energy that each will take yet. comers: who is likely still to come; None where nobody asked.
    """

    edge_s: Floats
    other_kw: Floats
    departure_s: Floats
    need_wh: Floats
    comers: Comers | None = None

    def at(self, members: Bools) -> Expected:
        """Return the same with none still to come at other EVSEs than some, (n,)."""
        if self.comers is None:
            return self
        mine = members[self.comers.evse]
        return self._replace(comers=Comers._make(column[mine] for column in self.comers))
