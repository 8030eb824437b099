"""The circuit meters of a site's file: what stations tell at an outlet's number, and meters that are read by Modbus/TCP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from voltloom.live.config.tables import MeterTable
from voltloom.live.modbus import Device, ModbusMeter, Register
from voltloom.protocols.ocpp.hearing import StationPlace
from voltloom.site.mistakes import Mistake, did_you_mean, joined, shown
from voltloom.site.network import network_of
from voltloom.site.topology import Site

Rows = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """What measures circuits. by_station: of each station, by number, the rows and their lines."""

    by_station: Mapping[str, Mapping[int, Rows]] = field(default_factory=dict)
    modbus: tuple[ModbusMeter, ...] = ()


def metered(site: Site, tables: Sequence[MeterTable]) -> Site:
    """Return the site with every circuit that has a meter as one that is measured."""
    named = {table.circuit for table in tables}
    circuits = tuple(
        replace(circuit, is_metered=True) if circuit.circuit_id in named else circuit
        for circuit in site.circuits
    )
    return replace(site, circuits=circuits)


def meters_of(
    tables: Sequence[MeterTable], site: Site, places: Mapping[str, StationPlace], mistakes: list[Mistake]
) -> Meters:
    """Return the meters; what cannot be is added to the mistakes."""
    index = {row_id: row for row, row_id in enumerate(network_of(site).row_ids)}
    circuits = {circuit.circuit_id: circuit for circuit in site.circuits}
    by_station: dict[str, dict[int, Rows]] = {}
    modbus: list[ModbusMeter] = []
    for number, table in enumerate(tables, start=1):
        path = joined("meter", [str(number)])
        if (circuit := circuits.get(table.circuit)) is None:
            remedy = did_you_mean(table.circuit, list(circuits))
            mistakes.append(_wrong(f"{path}.circuit", table.circuit, "no such circuit", remedy))
            continue
        if bool(table.station) is (table.modbus is not None):
            problem = "needs either a station or a modbus table"
            mistakes.append(_wrong(path, table.circuit, problem, "Keep one of them."))
            continue
        rows = tuple((phase.value, index[f"{circuit.circuit_id}/{phase.name}"]) for phase in circuit.phases)
        if table.modbus is None:
            if _is_free(table, path, places, by_station, mistakes):
                by_station.setdefault(table.station, {})[table.outlet] = rows
        elif len(table.modbus.registers) != len(rows):
            problem = f"has {len(table.modbus.registers)} registers for {len(rows)} phases"
            where, remedy = f"{path}.modbus.registers", "Name one for each phase of the circuit, L1 first."
            mistakes.append(_wrong(where, table.modbus.registers, problem, remedy))
        else:
            read = table.modbus
            modbus.append(
                ModbusMeter(
                    device=Device(read.host, read.port, read.device),
                    rows=tuple(row for _, row in rows),
                    registers=tuple(
                        Register(register, read.encoding, read.a_per_unit, is_input=read.kind == "input")
                        for register in read.registers
                    ),
                    period_s=read.period_s,
                )
            )
    return Meters(by_station=by_station, modbus=tuple(modbus))


def _is_free(
    table: MeterTable,
    path: str,
    places: Mapping[str, StationPlace],
    taken: Mapping[str, Mapping[int, Rows]],
    mistakes: list[Mistake],
) -> bool:
    place = places.get(table.station)
    if place is None:
        remedy = did_you_mean(table.station, list(places))
        mistakes.append(_wrong(f"{path}.station", table.station, "no such station", remedy))
        return False
    if table.outlet in place.outlets:
        remedy = "Write 0, the station's main meter, or a number without an EVSE."
        mistakes.append(_wrong(f"{path}.outlet", table.outlet, "is an EVSE's own meter", remedy))
        return False
    if table.outlet in taken.get(table.station, {}):
        mistakes.append(_wrong(f"{path}.outlet", table.outlet, "measures another circuit", "Keep one."))
        return False
    return True


def _wrong(path: str, value: object, problem: str, remedy: str) -> Mistake:
    return Mistake(path=path, value=shown(value), problem=problem, remedy=remedy)
