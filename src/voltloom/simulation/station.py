"""Stations and meters: they hold limits as leases, answer for their outlets, and tell what they measure."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from voltloom.decision.command import AnswerToken, SetLimits, StopSession
from voltloom.session.events import EvseReadings, LimitsAcknowledged, RowReadings
from voltloom.simulation.columns import StationColumns, idle_stations
from voltloom.simulation.faults import FaultKind, FaultWindow, Meter
from voltloom.simulation.kernels import take_limits
from voltloom.site.network import Bools, Floats, Ints, Network
from voltloom.units import hours_from_s


class Stations:
    """All stations of a site; the physical columns are in `columns`.

    disobeys: (n,) acknowledges a limit and stays at the old one. plugged_s: (n,) since when a vehicle is connected, what
    an answer must be younger than to be meant for it. let_in_s: (n,) since when it may charge, inf while it may not: only since
    then can anybody know what it may be told to feed back.
    """

    def __init__(self, network: Network, reaction_s: float, columns: StationColumns | None = None) -> None:
        count = len(network.evse_ids)
        self.columns: StationColumns = columns or idle_stations(network)
        self.disobeys: Bools = np.zeros(count, dtype=np.bool_)
        self.plugged_s: Floats = np.full(count, np.inf)
        self.let_in_s: Floats = np.full(count, np.inf)
        self.register_at_plug_wh: Floats = np.zeros(count)
        self.exported_at_plug_wh: Floats = np.zeros(count)
        self._offline_a = network.offline_a
        self._reaction_s = reaction_s
        self._next_end_s = math.inf

    def plug_in(self, evse: int, now_s: float) -> None:
        """Connect a vehicle; the contactor stays open until its token is accepted."""
        self.columns.is_authorised[evse] = False
        self.plugged_s[evse] = now_s
        self.let_in_s[evse] = np.inf
        self.register_at_plug_wh[evse] = self.columns.register_wh[evse]
        self.exported_at_plug_wh[evse] = self.columns.exported_wh[evse]

    def unplug(self, evse: int) -> float:
        """Disconnect; return the energy of the session as the meter counted it, less what was fed back.

        What it was told to feed back was meant for this vehicle, and ends with it.
        """
        stations = self.columns
        stations.is_authorised[evse] = False
        self.plugged_s[evse] = self.let_in_s[evse] = np.inf
        stations.held_a[evse] = max(stations.held_a[evse], 0.0)
        stations.before_a[evse] = max(stations.before_a[evse], 0.0)
        net_wh = stations.register_wh[evse] - self.register_at_plug_wh[evse]
        return float(net_wh - (stations.exported_wh[evse] - self.exported_at_plug_wh[evse]))

    def answer(self, command: AnswerToken, now_s: float) -> bool:
        """Take the answer to a token; return whether it opened the way for the vehicle that is here now."""
        if command.time_s < self.plugged_s[command.evse]:
            return False
        newly = command.accepted and not self.columns.is_authorised[command.evse]
        self.columns.is_authorised[command.evse] = command.accepted
        if newly:
            self.let_in_s[command.evse] = now_s
        return newly

    def stop(self, command: StopSession) -> bool:
        """End the session: open the contactor; return whether it was meant for the vehicle that is here now."""
        if command.time_s < self.plugged_s[command.evse]:
            return False
        self.columns.is_authorised[command.evse] = False
        return True

    def apply(self, command: SetLimits, now_s: float) -> LimitsAcknowledged:
        """Hold the newer ones of some limits and say what is held: duplicates are harmless, older ones ignored."""
        limit_a = command.limit_a
        # A session's own, as OCPP's TxProfile is: not for a vehicle that came later, of which nobody knew yet.
        if (limit_a < 0.0).any():
            is_other = ~(command.time_s >= self.let_in_s[command.evses])
            limit_a = np.where(is_other, np.maximum(limit_a, 0.0), limit_a)
        told = command.evses, limit_a, command.lease_until_s, command.serial
        serial, first_end_s = take_limits(self.columns, self.disobeys, told, now_s, self._reaction_s)
        self._next_end_s = min(self._next_end_s, first_end_s)
        return LimitsAcknowledged(time_s=now_s, evses=command.evses, serial=serial)

    def expire(self, now_s: float) -> None:
        """Fall back to the offline limit where a lease ended."""
        if now_s < self._next_end_s:
            return
        stations = self.columns
        ended = np.flatnonzero((stations.lease_until_s <= now_s) & ~self.disobeys)
        self._change(ended, self._offline_a[ended], now_s)
        stations.lease_until_s[ended] = np.inf
        waiting = stations.lease_until_s[stations.lease_until_s > now_s]
        self._next_end_s = float(waiting.min(initial=math.inf))

    def boot(self, evses: Ints, now_s: float) -> None:
        """Start again: only the offline limit is held; serials outlive a restart, so an old limit stays old."""
        stations = self.columns
        stations.held_a[evses] = stations.before_a[evses] = self._offline_a[evses]
        stations.follow_s[evses] = now_s
        stations.lease_until_s[evses] = np.inf

    def _change(self, evses: Ints, limit_a: Floats, now_s: float) -> None:
        stations = self.columns
        follows = stations.follow_s[evses] <= now_s
        stations.before_a[evses] = np.where(follows, stations.held_a[evses], stations.before_a[evses])
        stations.held_a[evses] = limit_a
        stations.follow_s[evses] = now_s + self._reaction_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """What the meters showed at a moment: current and register of the EVSEs, or the load of the rows."""

    time_s: float
    current_a: Floats
    energy_wh: Floats


class Meters:
    """What meters tell: the truth, unless one of them is frozen, drifts, lags, is noisy or wired the wrong way round."""

    def __init__(self, network: Network, *, metered_rows: Ints, stream: int) -> None:
        self._all = np.arange(len(network.evse_ids), dtype=np.int64)
        self._rows = metered_rows
        self._feeds_back = network.feeds_from_vehicles
        self._no_energy = np.zeros(len(network.row_ids))
        self._faults: tuple[FaultWindow, ...] = ()
        self._frozen_a: dict[int, Floats] = {}  # by stream of the window: what was shown when it began
        self._past: dict[Meter, deque[_Sample]] = {meter: deque() for meter in Meter}
        self._rng = np.random.default_rng([stream, 0x3E7E25])

    def suffer(self, windows: tuple[FaultWindow, ...], current_a: Floats, load_a: Floats) -> None:
        """Take the faults of meters that are active from now on; a frozen meter keeps showing what flows now."""
        self._faults = windows
        active = {w.stream for w in windows}
        self._frozen_a = {stream: a for stream, a in self._frozen_a.items() if stream in active}
        for window in windows:
            if window.spec.kind is FaultKind.METER_FROZEN:
                is_row = window.spec.meter is Meter.CIRCUIT
                self._frozen_a.setdefault(window.stream, (load_a if is_row else current_a).copy())

    def gain_ratio(self, now_s: float) -> Floats | None:
        """Return by how much each EVSE's energy meter is wrong, (n,), None where all are right."""
        windows = [w for w in self._faults if w.spec.meter is Meter.EVSE]
        if not windows:
            return None
        gain = np.ones(self._all.size)
        for window in windows:
            hit = list(window.evses)
            if window.spec.kind in (FaultKind.METER_FROZEN, FaultKind.METER_SIGN_FLIPPED):
                gain[hit] = 0.0  # a register of imported energy stands still
            elif window.spec.kind is FaultKind.METER_SCALED:
                gain[hit] *= window.spec.magnitude_ratio
            elif window.spec.kind is FaultKind.METER_DRIFTING:
                gain[hit] *= _drift(window, now_s)
        return gain

    def read_evses(self, stations: StationColumns, evses: Ints, now_s: float) -> EvseReadings:
        """Return what the meters of some EVSEs show now; the controller keeps it, so it is a copy."""
        if not self._faults and evses.size == self._all.size:
            sampled_s: Floats = np.empty(evses.size)
            sampled_s.fill(now_s)
            return EvseReadings(
                time_s=now_s,
                evses=self._all,
                sampled_s=sampled_s,
                current_a=stations.current_a.copy(),
                energy_wh=stations.register_wh.copy(),
                exported_wh=stations.exported_wh.copy() if self._feeds_back else None,
            )
        seen = self._shown(stations.current_a, stations.register_wh, Meter.EVSE, now_s)
        sampled_s, current_a, energy_wh = seen
        return EvseReadings(
            time_s=now_s,
            evses=evses,
            sampled_s=sampled_s[evses],
            current_a=current_a[evses],
            energy_wh=energy_wh[evses],
            exported_wh=stations.exported_wh[evses] if self._feeds_back else None,
        )

    def read_rows(self, load_a: Floats, now_s: float) -> RowReadings:
        """Return what the meters of the circuits show now."""
        sampled_s, current_a, _ = self._shown(load_a, self._no_energy, Meter.CIRCUIT, now_s)
        return RowReadings(
            time_s=now_s, rows=self._rows, sampled_s=sampled_s[self._rows], current_a=current_a[self._rows]
        )

    def _shown(
        self, true_a: Floats, true_wh: Floats, meter: Meter, now_s: float
    ) -> tuple[Floats, Floats, Floats]:
        """Return when each meter sampled, the current and the register it shows."""
        sampled, shown, register = np.full(true_a.size, now_s), true_a.copy(), true_wh.copy()
        for window in self._faults:
            if window.spec.meter is not meter:
                continue
            hit = list(window.evses if meter is Meter.EVSE else window.rows)
            match window.spec.kind:
                case FaultKind.METER_FROZEN:
                    shown[hit] = self._frozen_a[window.stream][hit]
                case FaultKind.METER_SCALED:
                    shown[hit] *= window.spec.magnitude_ratio
                case FaultKind.METER_DRIFTING:
                    shown[hit] *= _drift(window, now_s)
                case FaultKind.METER_SIGN_FLIPPED:
                    shown[hit] *= -1.0
                case FaultKind.METER_NOISY:
                    shown[hit] *= 1.0 + self._rng.normal(0.0, window.spec.magnitude_ratio, len(hit))
        lags = [w for w in self._faults if w.spec.meter is meter and w.spec.kind is FaultKind.METER_DELAYED]
        past = self._past[meter]
        if not lags:
            past.clear()
            return sampled, shown, register
        past.append(_Sample(time_s=now_s, current_a=shown.copy(), energy_wh=register.copy()))
        for window in lags:
            hit = list(window.evses if meter is Meter.EVSE else window.rows)
            old = [s for s in past if s.time_s <= now_s - window.spec.delay_s]
            sample = old[-1] if old else past[0]
            sampled[hit], shown[hit] = sample.time_s, sample.current_a[hit]
            register[hit] = sample.energy_wh[hit]
        longest_s = max(w.spec.delay_s for w in lags)
        while len(past) > 1 and past[1].time_s <= now_s - longest_s:
            past.popleft()
        return sampled, shown, register


def _drift(window: FaultWindow, now_s: float) -> float:
    """Return what a drifting meter multiplies with, never below 0."""
    return max(0.0, 1.0 + window.spec.magnitude_ratio * hours_from_s(now_s - window.start_s))
