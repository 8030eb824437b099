"""Memories and events as bytes: equal bit for bit, and nothing else comes out."""

from __future__ import annotations

import math
from types import MappingProxyType

import msgspec
import numpy as np
import pytest

from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.live.frozen import FrozenError, frozen, thawed
from voltloom.protocols.ocpp.hearing import OutletMemory, StationMemory, Transaction
from voltloom.session.events import (
    EvseReadings,
    HardwareFault,
    NeedStated,
    PluggedIn,
    TokenKind,
    TokenPresented,
)
from voltloom.site.network import network_of
from voltloom.site.plan import site_of


def lived(cycles_count: int = 40) -> ControllerMemory:
    """Return the memory of a controller that has had a driver, a session of its own and some readings."""
    place = site_of(
        {
            "name": "Yard",
            "time_zone": "Europe/Berlin",
            "voltage_v": 230.0,
            "circuit": [{"id": "yard", "rating_a": 20.0}],
            "evse": [
                {"name": "bays", "ids": ["A", "B"], "circuit": "yard", "wiring": "three_phase", "max_a": 16.0}
            ],
        }
    )
    controller = SiteController(site=place, network=network_of(place), settings=ControlSettings())
    memory = controller.start(0.0, "adaptive")
    for cycle in range(cycles_count):
        now_s = 60.0 * cycle
        readings = EvseReadings(
            time_s=now_s,
            evses=np.array([0, 1]),
            sampled_s=np.array([now_s, now_s]),
            current_a=np.array([6.0, 0.0]),
            energy_wh=np.array([1000.0 + cycle, math.nan]),
        )
        memory, _ = controller.observe(memory, (readings,))
        if cycle == 3:
            memory, _ = controller.observe(
                memory,
                (
                    PluggedIn(time_s=now_s, evse=0, session_id="s1"),
                    TokenPresented(time_s=now_s, evse=0, id_token="anna", kind=TokenKind.RFID),
                    TokenPresented(time_s=now_s, evse=1, id_token="early", kind=TokenKind.APP),
                    NeedStated(time_s=now_s, evse=0, energy_wh=9e3, departure_s=9e4, soc_ratio=math.nan),
                ),
            )
        memory, _, _ = controller.decide(memory, now_s)
    return memory


def test_a_controllers_memory_comes_back_bit_for_bit() -> None:
    memory = lived()

    again = thawed(frozen(memory))

    assert isinstance(again, ControllerMemory)
    assert frozen(again) == frozen(memory)
    assert again.seats == memory.seats or str(again.seats) == str(memory.seats)  # NaN is not equal to itself
    assert again.readings.energy_wh.tobytes() == memory.readings.energy_wh.tobytes()
    assert any(seat.session is not None for seat in again.seats)
    assert again.marks


def test_what_a_station_is_remembered_by_comes_back() -> None:
    outlet = OutletMemory(session_id="s", fault=HardwareFault.GROUND_FAULT)
    running = Transaction("7", 1, "key", 5.0, 100.0, seq_nos=((0, 4), (6, 6)))
    memory = StationMemory(MappingProxyType({1: outlet}), (running,))

    again = thawed(frozen(memory))

    assert repr(again) == repr(memory)
    assert again.outlet(1).fault is HardwareFault.GROUND_FAULT


def test_events_come_back_as_the_core_was_told_them() -> None:
    told = (
        NeedStated(
            time_s=1.0,
            evse=0,
            energy_wh=1.0,
            departure_s=math.inf,
            soc_ratio=0.5,
            floor_ratio=0.3,
            battery_wh=6e4,
        ),
    )

    assert thawed(frozen(told)) == told


def test_an_event_kept_before_a_field_was_added_has_its_default() -> None:
    older = msgspec.msgpack.encode({"c": ["NeedStated", 1.0, 0, 9e3, 9e4, 0.5]})

    again = thawed(older)

    assert (again.energy_wh, again.soc_ratio) == (9e3, 0.5)
    assert math.isnan(again.floor_ratio)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        msgspec.msgpack.encode({"c": ["NeedStated", 1.0, 0, 9e3, 9e4, 0.5, 0.3, 6e4, True, 1.0]}),
        b"\xc1",
        msgspec.msgpack.encode({"c": ["Popen", ["true"]]}),
        msgspec.msgpack.encode({"c": ["NeedStated", 1]}),
        msgspec.msgpack.encode({"e": ["TokenKind", "GHOST"]}),
        msgspec.msgpack.encode({"a": ["|O8", [1], b"12345678"]}),
        msgspec.msgpack.encode({"x": 1}),
        msgspec.msgpack.encode({"a": ["<f8", [3], b"12345678"]}),
        msgspec.msgpack.encode({}),
    ],
)
def test_other_bytes_make_nothing(data: bytes) -> None:
    with pytest.raises(FrozenError):
        thawed(data)


def test_what_is_no_part_of_the_core_is_not_frozen() -> None:
    with pytest.raises(FrozenError, match="ControlSettings"):
        frozen((ControlSettings(),))
    with pytest.raises(FrozenError, match="array"):
        frozen(np.array([1], dtype=np.int16))
