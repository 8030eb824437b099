"""From a meter's sample to the setpoints that follow from it, over sockets: the first one, and all of them.

python -m benchmarks.bench_setpoints [--stations 1000] [--sites 3] [--trials 7]: a whole site with its journal on the disk; every station
tells its meter once a second. In each trial the yard's own meter (station S0) tells that the yard draws more than its rating,
by a little more than the last time, so that every outlet must be lowered at once. Measured at the stations' end: from the
sample's sending to the first lower SetChargingProfile, and to the last. Results go to benchmarks/results/setpoints.json.
"""

import argparse
import json
import selectors
import statistics
import time
from pathlib import Path

from benchmarks.bench_ocpp import Station, answer_to, frame_of, serving, stamp
from benchmarks.ocpp_server import SHARE_A
from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import ROOT

SETTLING_S = 40.0
BETWEEN_S = 3.0
PATIENCE_S = 2.0
MORE_A = 0.15  # of each station and trial
NEVER = Path("/nowhere")


class Bay(Station):
    """A station whose vehicle draws a little less than it may."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(port, number, "ocpp1.6")
        self.limit_a = 0.0
        self.got: list[tuple[float, bytes]] = []  # when, what
        self.lowered_s: list[float] = []

    @property
    def current_a(self) -> float:
        """Return what its vehicle draws."""
        return max(self.limit_a - 0.2, 0.0)

    def tell(self, connector: int, current_a: float) -> None:
        """Tell a meter's three currents."""
        self.count += 1
        values = ",".join(
            f'{{"value":"{current_a:.2f}","measurand":"Current.Import","phase":"L{phase}"}}'
            for phase in (1, 2, 3)
        )
        told = f'{{"connectorId":{connector},"meterValue":[{{"timestamp":"{stamp()}","sampledValue":[{values}]}}]}}'
        self.socket.sendall(frame_of(f'[2,"m{self.count}","MeterValues",{told}]'))

    def listen(self) -> None:
        """Note what came and when; it is read later, so that reading does not delay what is measured."""
        data = self.socket.recv(65536)
        if not data:
            raise RuntimeError(f"the server closed the link of station S{self.number}")
        self.got.append((time.perf_counter(), data))

    def read(self) -> None:
        """Read what came, take the limits and answer."""
        for at_s, data in self.got:
            self._got += data
            while (message := self._next()) is not None:
                if message[0] == 2:  # OCPP-J: a CALL
                    self._take(message, at_s)
                    self.socket.sendall(frame_of(json.dumps(answer_to(message))))
        self.got.clear()

    def _take(self, call: list[object], at_s: float) -> None:
        if call[2] != "SetChargingProfile":
            return
        profile = call[3]["csChargingProfiles"]  # type: ignore[index]  # as our own server sends it
        if profile["chargingProfilePurpose"] != "TxProfile":
            return
        limit_a = float(profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"])
        if limit_a < self.limit_a:
            self.lowered_s.append(at_s)
        self.limit_a = limit_a


class Yard:
    """All stations, one message of each a second."""

    def __init__(self, bays: list[Bay]) -> None:
        self.bays = bays
        self._waiting = selectors.DefaultSelector()
        for bay in bays:
            self._waiting.register(bay.socket, selectors.EVENT_READ, bay)
        self._due_s, self._next, self._rounds_count = time.perf_counter(), 0, 0
        self.building_a = 0.0

    def play(self, duration_s: float, *, is_reading: bool = True) -> None:
        """Let the stations talk for a while."""
        until_s = time.perf_counter() + duration_s
        while (now_s := time.perf_counter()) < until_s:
            while self._due_s <= now_s:
                self._tell(self.bays[self._next])
                self._next = (self._next + 1) % len(self.bays)
                self._due_s += 1.0 / len(self.bays)
            for key, _ in self._waiting.select(timeout=max(0.0, self._due_s - time.perf_counter())):
                key.data.listen()
                if is_reading:
                    key.data.read()

    def _tell(self, bay: Bay) -> None:
        """Let a station tell its outlet's meter; the first one tells the yard's every other time."""
        is_yard = bay is self.bays[0] and self._rounds_count % 2
        self._rounds_count += bay is self.bays[0]
        if is_yard:
            bay.tell(0, self.drawn_a)
        else:
            bay.tell(1, bay.current_a)

    @property
    def drawn_a(self) -> float:
        """Return what the yard draws, the building included."""
        return sum(bay.current_a for bay in self.bays) + self.building_a

    def trial(self, more_a: float) -> tuple[float, float, int]:
        """Return the seconds from an overload's sample to the first and the last setpoint it lowers, and their number."""
        for bay in self.bays:
            bay.lowered_s.clear()
        rating_a = SHARE_A * len(self.bays)
        self.building_a += max(rating_a - self.drawn_a, 0.0) + more_a
        began_s = time.perf_counter()
        self.bays[0].tell(0, self.drawn_a)
        self.play(PATIENCE_S, is_reading=False)
        for bay in self.bays:
            bay.read()
        first_s = [bay.lowered_s[0] - began_s for bay in self.bays if bay.lowered_s]
        if not first_s:
            raise RuntimeError("nothing was lowered")
        return min(first_s), max(first_s), len(first_s)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stations", type=int, default=1000)
    parser.add_argument("--sites", type=int, default=3, help="one after another, each a fresh process")
    parser.add_argument("--trials", type=int, default=7, help="more, and the building alone fills the yard")
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    given = parser.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    rows = []
    for _ in range(given.sites):
        with serving("metered", given.stations, NEVER) as (_, port):
            bays = [Bay(port, number) for number in range(given.stations)]
            for bay in bays:
                bay.arrive("MeterValues")
            yard = Yard(bays)
            yard.play(SETTLING_S)
            print("limits before:", sorted({round(bay.limit_a, 1) for bay in bays}), flush=True)
            for number in range(given.trials):
                first_s, last_s, count = yard.trial(MORE_A * given.stations)
                spread_s = last_s - first_s
                rows.append(
                    {
                        "first_ms": 1000.0 * first_s,
                        "last_ms": 1000.0 * last_s,
                        "spread_ms": 1000.0 * spread_s,
                        "setpoints": count,
                    }
                )
                print(number, {name: round(value, 2) for name, value in rows[-1].items()}, flush=True)
                yard.play(BETWEEN_S)
    summary = {
        f"{which}_ms_{name}": round(of(sorted(row[f"{which}_ms"] for row in rows)), 2)
        for which in ("first", "last", "spread")
        for name, of in (("median", statistics.median), ("worst", max))
    }
    print(json.dumps(summary, indent=1))
    kept = {"date": given.date, **commit(), "machine": machine(), "stations": given.stations}
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept | {"summary": summary, "trials": rows}, indent=1)
    (RESULTS / "setpoints.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
