"""When a cycle fails every outlet falls to what its station holds by itself, and the memory knows what was sent."""

from __future__ import annotations

import numpy as np

from tests.controller.desk import Desk, desk_for
from tests.places import site_of
from voltloom.controller.leases.grants import ceiling_a
from voltloom.controller.settings import ControlSettings
from voltloom.decision.command import SetLimits
from voltloom.session.events import LimitsAcknowledged
from voltloom.site.network import Floats
from voltloom.site.topology import Circuit, Evse, Phase, Wiring

RATING_A = 60.0
OFFLINE_A = 6.0
LEASE_S = ControlSettings().safety.lease_s


def charging_desk() -> Desk:
    """Return a controller a quarter of an hour after three cars came."""
    site = site_of(
        [Circuit(circuit_id="grid", parent_id="", rating_a=RATING_A)],
        [
            Evse(
                evse_id=f"a{number}",
                circuit_id="grid",
                wiring=Wiring.THREE_PHASE,
                phases=(Phase.L1, Phase.L2, Phase.L3),
                offline_a=OFFLINE_A,
            )
            for number in range(3)
        ],
    )
    desk = desk_for(site)
    for now_s in np.arange(0.0, 900.0, 30.0):
        desk.cycle(float(now_s))
    return desk


def fall(desk: Desk, now_s: float, *, deaf: tuple[int, ...] = ()) -> list[tuple[int, float]]:
    """Let a cycle fail, and return the limits that went out; stations that are not deaf confirm."""
    desk.memory, commands = desk.controller.fall(desk.memory, now_s)
    sent: list[tuple[int, float]] = []
    for command in commands:
        assert isinstance(command, SetLimits)
        heard = ~np.isin(command.evses, deaf)
        desk.limit_a[command.evses[heard]] = command.limit_a[heard]
        desk.hear(LimitsAcknowledged(time_s=now_s, evses=command.evses[heard], serial=command.serial[heard]))
        sent += zip(command.evses.tolist(), command.limit_a.tolist(), strict=True)
    return sent


def ceilings(desk: Desk, now_s: float) -> Floats:
    return ceiling_a(desk.memory.grants, desk.network.offline_a, now_s)


def test_all_fall_to_their_offline_limit_and_the_memory_knows() -> None:
    desk = charging_desk()
    before_a = desk.limit_a.copy()

    sent = fall(desk, 900.0)

    assert (before_a > OFFLINE_A).all()
    assert sent == [(0, OFFLINE_A), (1, OFFLINE_A), (2, OFFLINE_A)]
    assert (desk.memory.grants.limit_a == OFFLINE_A).all()


def test_an_outlet_that_cannot_be_reached_keeps_its_reserve_until_its_lease_ends() -> None:
    desk = charging_desk()
    held_a = float(desk.limit_a[0])

    fall(desk, 900.0, deaf=(0,))

    # The meters that would show the others' obedience have not spoken yet: all count as they were.
    assert ceilings(desk, 900.0)[0] == held_a
    desk.cycle(905.0, silent=(0,))
    assert ceilings(desk, 905.0).tolist()[0] == held_a
    assert ceilings(desk, 900.0 + LEASE_S + 1.0)[0] <= OFFLINE_A


def test_nobody_is_raised_while_an_outlet_may_still_draw_more_than_its_offline_limit() -> None:
    desk = charging_desk()
    paused = desk.memory.grants._replace(limit_a=np.array([desk.limit_a[0], desk.limit_a[1], 0.0]))
    desk.memory = desk.memory._replace(grants=paused)
    desk.limit_a[2] = 0.0

    first = fall(desk, 900.0, deaf=(0,))
    early = fall(desk, 910.0, deaf=(0,))
    late = fall(desk, 900.0 + LEASE_S + 1.0, deaf=(0,))

    assert (2, OFFLINE_A) not in [*first, *early]
    assert (2, OFFLINE_A) in late


def test_what_is_confirmed_and_lasts_is_not_sent_again_and_again() -> None:
    desk = charging_desk()
    fall(desk, 900.0)

    assert fall(desk, 901.0) == []


def test_after_the_fault_the_core_raises_from_the_floor_within_every_fuse() -> None:
    desk = charging_desk()
    fall(desk, 900.0, deaf=(0,))
    held_a = float(desk.limit_a[0])

    loads_a = []
    for now_s in np.arange(901.0, 1800.0, 10.0):
        desk.cycle(float(now_s), silent=(0,) if now_s < 1000.0 else ())
        loads_a.append(float(desk.limit_a.sum()))
        if now_s < 1000.0:
            assert held_a + desk.limit_a[1:].sum() <= RATING_A

    assert max(loads_a) <= RATING_A
    assert desk.limit_a.sum() > 3 * OFFLINE_A


def test_a_memory_that_goes_on_gives_no_number_twice() -> None:
    desk = charging_desk()
    given = desk.memory.grants

    after = desk.controller.resume(desk.memory, 900.0).grants

    assert after.next_serial >= given.next_serial + given.serial.size
    assert after.limit_a is given.limit_a


def test_a_limit_that_may_have_been_renewed_without_being_kept_counts_for_a_lease_after_a_restart() -> None:
    desk = charging_desk()
    held_a = desk.limit_a.copy()
    until_s = float(desk.memory.grants.lease_until_s.max())
    desk.memory = desk.controller.resume(desk.memory, until_s)  # what was kept is over; the stations hold on

    loads_a = []
    for now_s in np.arange(until_s, until_s + 290.0, 10.0):
        desk.cycle(float(now_s), silent=(0,))
        loads_a.append(float(held_a[0] + desk.limit_a[1:].sum()))

    assert held_a[0] > OFFLINE_A
    assert max(loads_a) <= RATING_A
