// Stages and promises in a driver's words. The reasons come from the site.
import { duration, kwh, moment, number } from "../ui/format";
import type { Foretold } from "./shapes";

export interface StageWords {
  word: string;
  icon: string;
  colour: string;
  /** What to do, or what it means. */
  hint: string;
}

const STAGES: Record<string, StageWords> = {
  free: { word: "Free", icon: "ring", colour: "free", hint: "Plug in; this page updates by itself." },
  in_use: { word: "In use", icon: "plug", colour: "plugged", hint: "" },
  authorising: {
    word: "Waiting for authorisation",
    icon: "plug",
    colour: "plugged",
    hint: "Hold your card to the reader, or start in your app. This page updates by itself.",
  },
  refused: { word: "Not accepted", icon: "triangle", colour: "fault", hint: "The card was not accepted. Try another one." },
  starting: { word: "Starting", icon: "plug", colour: "plugged", hint: "Car and station agree on how to charge. This takes up to a minute." },
  charging: { word: "Charging", icon: "bolt", colour: "charging", hint: "" },
  paused: { word: "Paused by site", icon: "pause", colour: "paused", hint: "Leave the cable in: it goes on by itself." },
  by_car: { word: "Limited by car", icon: "half", colour: "by_car", hint: "The car takes no power now. It may be full, or set to charge later." },
  feeding: { word: "Feeding back", icon: "back", colour: "feeding", hint: "" },
  finished: { word: "Finished", icon: "check", colour: "charging", hint: "Charging has ended. You may unplug the car." },
  stopped: {
    word: "Stopped",
    icon: "triangle",
    colour: "fault",
    hint: "The site has ended this charging, and it does not go on by itself. Unplug the car; use another station, or call for help.",
  },
  fault: {
    word: "Fault",
    icon: "triangle",
    colour: "fault",
    hint: "Unplug the car, wait ten seconds, plug in again. If the fault stays, use another station.",
  },
  offline: {
    word: "Station offline",
    icon: "crossed",
    colour: "offline",
    hint: "The site does not hear the station. A car that is plugged in may go on charging, slowly. This page updates by itself.",
  },
};

export const stageWords = (stage: string): StageWords => STAGES[stage] ?? { word: stage, icon: "ring", colour: "free", hint: "" };

export interface Wanted extends Foretold {
  need_kwh: number | null;
  departs_ms: number | null;
}

/** What is promised for what is wanted. mood: how the card looks. */
export function promiseWords(wanted: Wanted, now_ms: number): { text: string; mood: "" | "warm" | "bad" } {
  const { need_kwh, departs_ms, done_ms, late_min, short_kwh } = wanted;
  const leaves = moment(departs_ms, now_ms);
  const about = done_ms === null ? null : done_ms <= now_ms ? "now" : `about ${moment(done_ms, now_ms)}`;
  if (need_kwh === null) {
    return { text: departs_ms === null ? "Say how much you need and when you leave: then a time can be promised." : `You leave at ${leaves}. Say how much you need.`, mood: "" };
  }
  if (departs_ms === null) {
    return { text: about === null ? "No time can be told yet." : `Done ${about}.`, mood: "" };
  }
  if (short_kwh !== null && need_kwh > 0) {
    const gets = `you will get ${number(Math.max(0, need_kwh - short_kwh), need_kwh < 100 ? 1 : 0)} of ${kwh(need_kwh)}`;
    const late = late_min > 0 ? `Will be ${duration(late_min * 60_000)} late for ${leaves}: ${gets}.` : `Not ready by ${leaves}: ${gets}.`;
    return { text: late, mood: "bad" };
  }
  if (late_min > 0) return { text: `Will be ${duration(late_min * 60_000)} late for ${leaves}.`, mood: "warm" };
  if (about === null) return { text: `You leave at ${leaves}. No time can be told yet.`, mood: "" };
  return { text: about === "now" ? `Ready for ${leaves}.` : `On track for ${leaves}: done ${about}.`, mood: "" };
}
