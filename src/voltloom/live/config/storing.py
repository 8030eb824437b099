"""The links to batteries in a site's file: every battery of the plan has one, and none outlives its lease in silence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from voltloom.controller.settings import StorageSettings
from voltloom.live.batteries.holding import longest_rest_s
from voltloom.live.batteries.links import Inverter
from voltloom.live.config.tables import (
    BatteryLinkTable,
    ControlTable,
    InverterTable,
    MeterTable,
    RegisterTable,
    StorageTable,
)
from voltloom.live.modbus import Device, Register
from voltloom.site.mistakes import Mistake, did_you_mean, joined, shown
from voltloom.site.topology import Battery, Site

BOUNDS: Final = {
    "int16": (-(2.0**15), 2.0**15 - 1.0),
    "uint16": (0.0, 2.0**16 - 1.0),
    "int32": (-(2.0**31), 2.0**31 - 1.0),
    "uint32": (0.0, 2.0**32 - 1.0),
    "float32": (-math.inf, math.inf),
}
LEAST_PERIODS: Final = 3.0  # of reading and writing, in the time after which an inverter rests


class _Found(NamedTuple):
    path: str
    mistakes: list[Mistake]

    def add(self, key: str, value: object, problem: str, remedy: str) -> None:
        path = f"{self.path}.{key}" if key else self.path
        self.mistakes.append(Mistake(path=path, value=shown(value), problem=problem, remedy=remedy))


def storage_of(table: StorageTable) -> StorageSettings:
    """Return what batteries are for."""
    return StorageSettings(
        peak_w=math.inf if table.peak_w is None else table.peak_w,
        stores_surplus=table.stores_surplus,
        covers_own_use=table.covers_own_use,
        peak_soc_ratio=table.peak_soc_ratio,
        deadband_w=table.deadband_w,
        settle_s=table.settle_s,
        follows_plan=table.follows_plan,
    )


def inverters_of(
    tables: Sequence[BatteryLinkTable],
    site: Site,
    control: ControlTable,
    meters: Sequence[MeterTable],
    mistakes: list[Mistake],
) -> tuple[Inverter, ...]:
    """Return the inverters in the order of the site's batteries; what cannot be is added to the mistakes."""
    batteries = {battery.battery_id: battery for battery in site.batteries}
    linked: dict[str, Inverter] = {}
    for number, table in enumerate(tables, start=1):
        found = _Found(joined("battery", [str(number)]), mistakes)
        battery = batteries.get(table.id)
        if battery is None:
            found.add("id", table.id, "no such battery", did_you_mean(table.id, list(batteries)))
        elif table.id in linked:
            found.add("id", table.id, "has two links", "Keep one.")
        else:
            path = joined(found.path, ["modbus"])
            _check(table.modbus, battery, control, _Found(path, mistakes))
            linked[table.id] = _inverter(table.id, table.modbus)
    for name in batteries:
        if name not in {table.id for table in tables}:
            remedy = f'Add a [[battery]] with id = "{name}" and a modbus table, or leave the battery out.'
            _Found(f"site.battery.{name}", mistakes).add("", "", "has no link", remedy)
    metered = {meter.circuit for meter in meters}
    for circuit in site.circuits if batteries else ():
        if not circuit.parent_id and circuit.circuit_id not in metered:
            problem = "is the grid connection of a site with a battery, and has no meter: the battery would always rest"
            remedy = f'Add a [[meter]] with circuit = "{circuit.circuit_id}".'
            _Found(f"site.circuit.{circuit.circuit_id}", mistakes).add("", "", problem, remedy)
    return tuple(linked[name] for name in batteries if name in linked)


def _check(table: InverterTable, battery: Battery, control: ControlTable, found: _Found) -> None:
    for key in ("setpoint", "power", "soc", "timeout", "heartbeat"):
        register: RegisterTable | None = getattr(table, key)
        if register is not None and register.per_unit == 0.0:
            found.add(f"{key}.per_unit", register.per_unit, "means nothing", "Write what one of it means.")
            return
        if register is not None and key not in ("power", "soc") and register.kind == "input":
            found.add(f"{key}.kind", "input", "cannot be written", "Write holding.")
    least, most = BOUNDS[table.setpoint.encoding]
    for power_w in (battery.charge_w, -battery.discharge_w):
        units = power_w / table.setpoint.per_unit
        if not least <= units <= most:
            problem = f"cannot hold {power_w:g} W, which is {units:g} there"
            found.add("setpoint.encoding", table.setpoint.encoding, problem, "Write int16, int32 or float32.")
            break
    if (timeout := table.timeout) is not None and table.rests_after_s is not None:
        units = table.rests_after_s / timeout.per_unit
        if not BOUNDS[timeout.encoding][0] <= units <= BOUNDS[timeout.encoding][1]:
            problem = f"cannot hold {table.rests_after_s:g} s, which is {units:g} there"
            found.add(
                "timeout.encoding", timeout.encoding, problem, "Write a wider one, or another per_unit."
            )
    _check_rest(table, battery, control, found)


def _check_rest(table: InverterTable, battery: Battery, control: ControlTable, found: _Found) -> None:
    """Find what would let a battery go on longer than its lease, or rest between two writes."""
    rests_s = table.rests_after_s
    if rests_s is None:
        if not battery.keeps_power:
            problem = "missing: nothing says when the inverter rests by itself once it hears no more"
            remedy = (
                f"Write its watchdog's time. If it has none, write keeps_power = true at site.battery.{battery.battery_id}: "
                "while it is silent the most it can draw then stays reserved, without end."
            )
            found.add("rests_after_s", "", problem, remedy)
        for key in ("timeout", "heartbeat"):
            if getattr(table, key) is not None:
                found.add(key, "", "is of no use without rests_after_s", "Write that, too.")
        return
    if battery.keeps_power:
        problem = f"contradicts keeps_power of site.battery.{battery.battery_id}"
        found.add("rests_after_s", rests_s, problem, "Keep one of them.")
    most_s = longest_rest_s(control.safety.lease_s, control.period_s)
    least_s = LEAST_PERIODS * table.period_s
    if rests_s < least_s:
        problem = (
            f"is over before {LEAST_PERIODS:g} rounds of {table.period_s:g} s: it would rest between them"
        )
        found.add("rests_after_s", rests_s, problem, f"Write at least {least_s:g}, or a shorter period_s.")
    elif rests_s > most_s:
        problem = f"is too long for leases of {control.safety.lease_s:g} s: it would go on after one is over"
        remedy = f"Write at most {most_s:g}, or a longer control.safety.lease_s."
        found.add("rests_after_s", rests_s, problem, remedy)


def _inverter(battery_id: str, table: InverterTable) -> Inverter:
    return Inverter(
        battery_id=battery_id,
        device=Device(table.host, table.port, table.device),
        setpoint=_register(table.setpoint),
        power=_register(table.power),
        soc=_register(table.soc),
        heartbeat=None if table.heartbeat is None else _register(table.heartbeat),
        timeout=None if table.timeout is None else _register(table.timeout),
        rests_after_s=table.rests_after_s or 0.0,
        period_s=table.period_s,
    )


def _register(table: RegisterTable) -> Register:
    return Register(
        address=table.address,
        encoding=table.encoding,
        per_unit=table.per_unit,
        is_input=table.kind == "input",
        is_low_word_first=table.low_word_first,
    )
