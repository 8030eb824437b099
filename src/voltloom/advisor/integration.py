"""Which interfaces a site needs, from what it must talk to (D4): a table, and the least OCPP version that carries it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One thing the site must speak. ocpp: the least version of the stations' protocol that carries it."""

    need: str
    speaks: str
    with_whom: str
    ocpp: str
    why: str


_OCPP_ORDER: Final = ("1.6J", "2.0.1", "2.1")

INTERFACES: Final = MappingProxyType(
    {
        interface.need: interface
        for interface in (
            Interface(
                need="remote_monitoring",
                speaks="OCPP",
                with_whom="the stations",
                ocpp="1.6J",
                why="status, meter values and limits of every outlet",
            ),
            Interface(
                need="billing",
                speaks="OCPP transactions with signed meter values; a record of each session",
                with_whom="the billing platform",
                ocpp="1.6J",
                why="each session's energy and times must add up and be provable",
            ),
            Interface(
                need="roaming",
                speaks="OCPI 2.2.1",
                with_whom="other providers, mostly through a hub",
                ocpp="1.6J",
                why="tokens, tariffs and session records of other providers' drivers",
            ),
            Interface(
                need="ems",
                speaks="Modbus TCP or MQTT",
                with_whom="the site's energy management",
                ocpp="1.6J",
                why="a limit from outside with an end, and the site meter",
            ),
            Interface(
                need="solar",
                speaks="Modbus TCP (SunSpec)",
                with_whom="the inverter",
                ocpp="1.6J",
                why="power now, and a forecast to plan with",
            ),
            Interface(
                need="storage",
                speaks="Modbus TCP (SunSpec)",
                with_whom="the battery's controller",
                ocpp="1.6J",
                why="state of charge and set power; the battery's own limits stay with it",
            ),
            Interface(
                need="grid_operator",
                speaks="OpenADR 3",
                with_whom="the grid operator or aggregator",
                ocpp="1.6J",
                why="limits and prices for times ahead",
            ),
            Interface(
                need="departure_from_vehicle",
                speaks="ISO 15118-2 at the station",
                with_whom="the vehicle",
                ocpp="2.0.1",
                why="the vehicle tells energy and departure itself (NotifyEVChargingNeeds)",
            ),
            Interface(
                need="plug_and_charge",
                speaks="ISO 15118-2 certificates",
                with_whom="the vehicle and a certificate service",
                ocpp="2.0.1",
                why="the contract in the car is the token",
            ),
            Interface(
                need="v2g",
                speaks="ISO 15118-20, bidirectional",
                with_whom="the vehicle and the grid operator",
                ocpp="2.1",
                why="negative setpoints, with the driver's consent and the battery's wear counted",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationNeeds:
    """What follows for a site. complexity: "low" up to one partner besides the stations, "high" from four on, or V2G."""

    interfaces: tuple[Interface, ...]
    least_ocpp: str
    complexity: str


def integration_for(needs: Iterable[str]) -> IntegrationNeeds:
    """Return the interfaces, the least OCPP version and the complexity that follow from what a site must talk to."""
    wanted = dict.fromkeys(needs)
    interfaces = tuple(INTERFACES[need] for need in wanted)
    least = max((i.ocpp for i in interfaces), key=_OCPP_ORDER.index, default=_OCPP_ORDER[0])
    partners = sum(1 for i in interfaces if i.need != "remote_monitoring")
    complexity = "high" if partners >= 4 or "v2g" in wanted else "low" if partners <= 1 else "medium"
    return IntegrationNeeds(interfaces=interfaces, least_ocpp=least, complexity=complexity)
