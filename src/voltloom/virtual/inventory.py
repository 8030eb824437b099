"""What a virtual station tells of itself: configuration keys of 1.6, variables of 2.x, and which can be set."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.virtual.station import Station


class Entry(NamedTuple):
    """A key, or a variable of a component. kind: 2.x's word for its type. evse: whose component it is, 0 for the station's."""

    component: str
    name: str
    value: str
    is_settable: bool = False
    kind: str = "integer"
    evse: int = 0


_WORDS_16: Final = {RateUnit.A: "Current", RateUnit.W: "Power"}
HEARTBEAT: Final = "HeartbeatInterval"
METER: Final[Mapping[OcppVersion, str]] = {
    OcppVersion.V16: "MeterValueSampleInterval",
    OcppVersion.V201: "TxUpdatedInterval",
    OcppVersion.V21: "TxUpdatedInterval",
}


def entries(station: Station) -> tuple[Entry, ...]:
    """Return everything a station tells, with what was set over the defaults."""
    found = _of_16(station) if station.nature.version is OcppVersion.V16 else _of_2x(station)
    return tuple(entry._replace(value=station.values.get(entry.name, entry.value)) for entry in found)


def change(station: Station, name: str, text: str) -> str:
    """Set a value; return Accepted, Rejected or, for a name that is not there, NotSupported."""
    entry = next((entry for entry in entries(station) if entry.name == name), None)
    if entry is None:
        return "NotSupported"
    if not entry.is_settable or (entry.kind == "integer" and not text.isdigit()):
        return "Rejected"
    if name == HEARTBEAT:
        station.heartbeat_s = float(text) or station.heartbeat_s
    if name == METER[station.nature.version]:
        if float(text) <= 0.0:
            return "Rejected"
        station.meter_s = float(text)
    station.values[name] = text
    return "Accepted"


def report(station: Station) -> list[dict[str, Any]]:
    """Return a 2.x station's inventory as its report data."""
    return [
        {
            "component": {"name": entry.component, **({"evse": {"id": entry.evse}} if entry.evse else {})},
            "variable": {"name": entry.name},
            "variableAttribute": [
                {"value": entry.value, "mutability": "ReadWrite" if entry.is_settable else "ReadOnly"}
            ],
            "variableCharacteristics": {"dataType": entry.kind, "supportsMonitoring": False},
        }
        for entry in entries(station)
    ]


def _of_16(station: Station) -> tuple[Entry, ...]:
    ability = station.nature.ability
    units = ",".join(sorted(_WORDS_16[unit] for unit in ability.units))
    return (
        Entry("", HEARTBEAT, f"{station.heartbeat_s:.0f}", is_settable=True),
        Entry("", METER[OcppVersion.V16], f"{station.meter_s:.0f}", is_settable=True),
        Entry("", "NumberOfConnectors", str(len(station.outlets))),
        Entry("", "ConnectionTimeOut", "60", is_settable=True),
        Entry("", "AuthorizeRemoteTxRequests", "false", kind="boolean"),
        Entry("", "LocalAuthListEnabled", "true", kind="boolean"),
        Entry("", "SupportedFeatureProfiles", _FEATURES, kind="MemberList"),
        Entry("", "ChargeProfileMaxStackLevel", str(ability.max_stack_level)),
        Entry("", "ChargingScheduleAllowedChargingRateUnit", units, kind="MemberList"),
        Entry("", "ChargingScheduleMaxPeriods", str(ability.max_periods)),
        Entry("", "MaxChargingProfilesInstalled", str(ability.max_profiles)),
        Entry("", "ConnectorSwitch3to1PhaseSupported", "false", kind="boolean"),
    )


def _of_2x(station: Station) -> tuple[Entry, ...]:
    ability = station.nature.ability
    units = ",".join(sorted(unit.value for unit in ability.units))
    found: tuple[Entry, ...] = (
        Entry("OCPPCommCtrlr", HEARTBEAT, f"{station.heartbeat_s:.0f}", is_settable=True),
        Entry("SampledDataCtrlr", METER[OcppVersion.V201], f"{station.meter_s:.0f}", is_settable=True),
        Entry("TxCtrlr", "EVConnectionTimeOut", "60", is_settable=True),
        Entry("AuthCtrlr", "AuthorizeRemoteStart", "false", kind="boolean"),
        Entry("SmartChargingCtrlr", "ProfileStackLevel", str(ability.max_stack_level)),
        Entry("SmartChargingCtrlr", "RateUnit", units, kind="MemberList"),
        Entry("SmartChargingCtrlr", "PeriodsPerSchedule", str(ability.max_periods)),
        Entry("SmartChargingCtrlr", "Entries", str(ability.max_profiles)),
        Entry("SmartChargingCtrlr", "ACPhaseSwitchingSupported", "false", kind="boolean"),
    )
    if station.nature.version is OcppVersion.V21 and ability.is_dynamic:
        found = (*found, Entry("SmartChargingCtrlr", "SupportsDynamicProfiles", "true", kind="boolean"))
    for outlet in station.nature.outlets:
        if outlet.discharge_a > 0.0:
            own = partial(Entry, "V2XChargingCtrlr", evse=outlet.number)
            found = (
                *found,
                own("Available", "true", kind="boolean"),
                own("Enabled", "true", kind="boolean"),
                own("SupportedOperationModes", "ChargingOnly,CentralSetpoint", kind="MemberList"),
                own("SupportedEnergyTransferModes", "AC_three_phase,AC_BPT", kind="MemberList"),
            )
    return found


_FEATURES: Final = "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"
