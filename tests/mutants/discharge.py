"""The planted faults where vehicles feed back."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DISCHARGE = "voltloom.controller.discharge"
GRANTING = "tests/controller/discharge/test_granting.py"
STORES = "tests/controller/discharge/test_stores.py"

DISCHARGE_MUTANTS = (
    Mutant(
        name="what vehicles feed in makes room for others",
        module=f"{DISCHARGE}.beside",
        old="    if found is None:\n        return bases\n",
        new="    if True:\n        return bases\n",
        tests=(GRANTING,),
    ),
    Mutant(
        name="a row bears any export",
        module=f"{DISCHARGE}.beside",
        old="rating_a = network.grid.rating_a * (1.0 - safety.margin_ratio)",
        new="rating_a = network.grid.rating_a * (10.0 - safety.margin_ratio)",
        tests=(GRANTING,),
    ),
    Mutant(
        name="a lease of discharge forgets that the sun rises",
        module=f"{DISCHARGE}.beside",
        old="pv_a = np.maximum(storage.pv_most_a(now_s), storage.pv_most_a(now_s + lease_s))",
        new="pv_a = storage.pv_most_a(now_s)",
        tests=("tests/controller/discharge/test_export.py",),
    ),
    Mutant(
        name="export that may still be in force is forgotten",
        module=f"{DISCHARGE}.granting",
        old="ceiling_a = found.ceiling_a if safety.reserves_in_flight else kept_a",
        new="ceiling_a = kept_a",
        tests=(GRANTING,),
    ),
    Mutant(
        name="a vehicle gives until its floor is reached, whatever its lease may still take",
        module=f"{DISCHARGE}.granting",
        old="kept_a = np.minimum(wanted_a, floor_a)",
        new="kept_a = np.where(floor_a > 0.0, wanted_a, 0.0)",
        tests=(GRANTING,),
    ),
    Mutant(
        name="a vehicle starts and stops in turn near its floor",
        module=f"{DISCHARGE}.granting",
        old="np.maximum(before_a, lasting_a)",
        new="np.maximum(before_a, 3.0 * lasting_a)",
        tests=(GRANTING,),
    ),
    Mutant(
        name="what an earlier lease may still take out is not counted",
        module=f"{DISCHARGE}.granting",
        old="spare_as >= held_a * lease_s",
        new="spare_as >= 0.0",
        tests=("tests/controller/discharge/test_floor.py",),
    ),
    Mutant(
        name="whoever can feed back is asked to",
        module="voltloom.session.need",
        old="return not math.isnan(self.floor_ratio + self.battery_wh + self.soc_ratio)",
        new="return not math.isnan(self.battery_wh + self.soc_ratio)",
        tests=("tests/session/test_consent.py",),
    ),
    Mutant(
        name="consent cannot be taken back",
        module="voltloom.controller.discharge.memory",
        old="    held.battery_wh[evse] = need.battery_wh\n",
        new="    held.battery_wh[evse] = need.battery_wh\n    held.floor_ratio[evse] = 0.0\n",
        tests=(STORES,),
    ),
    Mutant(
        name="a register of export that stands still is believed",
        module=f"{DISCHARGE}.sensing",
        old="np.maximum(out_wh + unseen_wh, held.given_wh)",
        new="out_wh + unseen_wh",
        tests=(GRANTING,),
    ),
    Mutant(
        name="a late state of charge hides what was taken out since",
        module=f"{DISCHARGE}.memory",
        old="uncounted_s = 0.0 if is_other else max(memory.counted_s - told_s, 0.0)",
        new="uncounted_s = 0.0",
        tests=(STORES,),
    ),
    Mutant(
        name="charging and feeding back are told by numbers of their own",
        module=f"{DISCHARGE}.beside",
        old="given_a, serial = np.maximum(-limit_a, 0.0), charge.next_serial",
        new="given_a, serial = np.maximum(-limit_a, 0.0), memory.grants.next_serial + 7",
        tests=(GRANTING,),
    ),
    Mutant(
        name="a fall to the floor leaves vehicles feeding back",
        module="voltloom.controller.falling",
        old="before_a = before_a - memory.discharge.grants.limit_a",
        new="before_a = before_a + 0.0",
        tests=(GRANTING,),
    ),
)
