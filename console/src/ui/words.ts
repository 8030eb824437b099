// Causes and changes in a few words. The whole sentences come from the site; these stand in lists and filters.
import type { Change, OutletNow } from "../feed/shapes";
import { amps } from "./format";

const CAUSES: Record<string, string> = {
  no_session: "No car is plugged in",
  vehicle_maximum: "The car or outlet takes no more",
  need_met: "All energy asked for is delivered",
  shared: "Shares a full circuit",
  priority: "Others can wait less on a full circuit",
  queued: "Another visit is served first",
  below_minimum: "Its share is under 6 A: it waits for its turn",
  fixed_allocation: "Cannot follow a changing limit",
  not_authorized: "Not authorised yet",
  suspended_by_vehicle: "The car paused by itself",
  ramp: "Rises slowly",
  dwell: "Changed only a moment ago",
  deadband: "The change was too small to send",
  envelope: "Lowered by the safety envelope",
  in_flight: "Waits until others have confirmed to take less",
  stale_reading: "A reading is too old",
  implausible_reading: "A reading is not believed",
  station_silent: "The station is silent",
  disobeyed: "Drew more than allowed",
  fallback_equal: "Fallback: equal sharing",
  fallback_floor: "Fallback: the safe floor",
  fault: "The station reports a fault",
  no_lease: "May only hold or fall",
  pilot_step: "Rounded down to what the station offers",
  restart: "Spread after an outage",
  limit_reached: "A limit from outside",
  handshake: "Car and station still agree what they can do",
  planned: "The plan gives it its energy at another time",
  fallback_rules: "No plan could be made: least laxity first",
  outranked: "A higher tier comes first",
  guaranteed: "Shares with others who lack guaranteed energy",
  feeds_back: "Feeds back by plan",
  others_owed: "Others are owed a turn first",
  at_floor: "Its battery is at its driver's floor",
  ordered: "Limited or paused by the operator",
  boosted: "The operator lets it charge first",
  after_boost: "The operator lets another charge first",
};

/** Causes of the car or of pace: the circuit named beside them is the next to bind, and not what held power back. */
const NO_CIRCUIT = new Set(["suspended_by_vehicle", "vehicle_maximum", "need_met", "no_session", "ramp", "dwell", "deadband"]);

/** A cause, and for whom it is. fell: something was taken for it. */
export function reasonWords(cause: string, boosted: string[], fell = true): string {
  if (boosted.length === 0) return causeWord(cause);
  return `${fell ? "Lowered for" : "Gets what is left by"} the boost of ${boosted.join(", ")}`;
}

export const boostedOf = (change: Change): string[] => (change.record["boosted"] as string[] | undefined) ?? [];

/** Why a change was made, with whom it is for and the circuit. */
export function changeWords(change: Change): string {
  return [reasonWords(change.cause, boostedOf(change), change.after_a < change.before_a), circuitOf(change)].filter(Boolean).join(" · ");
}

const ABOUT_OTHERS = new Set(["after_boost", "boosted", "ordered"]);

/** Why an outlet waits, or is treated otherwise than by its turn: "Shares a full circuit · east/L1". null where neither. */
export const waitsFor = (outlet: OutletNow): string | null =>
  outlet.cause !== null && (outlet.look === "paused" || ABOUT_OTHERS.has(outlet.cause)) ? [reasonWords(outlet.cause, outlet.boosted), outlet.limit].filter(Boolean).join(" · ") : null;

/** Whether a change can be seen at the precision of this page. */
export const isSeen = (change: { before_a: number; after_a: number }): boolean => amps(change.before_a) !== amps(change.after_a);

/** "6.1 A → 9.0 A"; what is the same to one decimal with as many as it takes. */
export const moveWords = (change: { before_a: number; after_a: number }): string =>
  [change.before_a, change.after_a].map((value) => (isSeen(change) ? amps(value) : `${value.toFixed(3).replace("-", "\u2212")} A`)).join(" → ");

/** The circuit that made a change, null where the cause lies elsewhere. */
export const circuitOf = (change: { cause: string; limit: string | null }): string | null => (NO_CIRCUIT.has(change.cause) ? null : change.limit);
export const CAUSE_NAMES = Object.keys(CAUSES);
export const causeWord = (cause: string): string => CAUSES[cause] ?? cause.replaceAll("_", " ");
