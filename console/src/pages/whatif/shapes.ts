// The words of /api/v1/what-if, as docs/api.md has them.
export type Value = number | string;

export interface Contestant {
  label: string;
  architecture: string;
  parameters: Record<string, Value>;
}
export interface Asked {
  title?: string;
  recorded_days_count?: number;
  first_day?: string;
  last_day?: string;
  scenario?: string;
  policies: { name?: string; architecture: string; parameters?: Record<string, Value> }[];
  faults?: string[];
  sensitivity?: { parameter: string; values?: number[] }[];
}
export interface Row {
  label: string;
  faults: string;
  energy_kwh: number;
  delivered_ratio: number;
  visits_count: number;
  unmet_count: number;
  late_count: number;
  stated_count: number;
  wait_s: number | null;
  peak_kw: number;
  cost_minor: number | null;
  overload_s: number;
  breaker_trips_count: number;
  changes_per_h: number | null;
  broke: string;
}
export interface Difference {
  challenger: string;
  champion: string;
  faults: string;
  metric: string;
  mean: string;
  low: string;
  high: string;
  shows: "better" | "worse" | "too_small" | "not_shown";
}
export interface Span {
  mean: number;
  low: number | null;
  high: number | null;
}
export interface TradePoint {
  label: string;
  faults: string;
  days_count: number;
  unmet_kwh: Span;
  cost_per_kwh: Span | null;
}
export interface Reading {
  label: string;
  delivered_ratio: number | null;
  unmet_ratio: number;
  cost_per_kwh: number | null;
}
export interface SweptPoint {
  value: number;
  words: string;
  choice: string | null;
  is_safe: boolean;
  wanted_count: number;
  added_count: number;
  readings: Reading[];
}
export interface Swept {
  parameter: string;
  word: string;
  sentence: string;
  kind: "holds" | "flips" | "open" | "unsafe" | "never_decided";
  choice: string | null;
  holds_to: number;
  flips_from: number;
  days_count: number;
  points: SweptPoint[];
}
export interface Result {
  headline: string;
  reasons: string[];
  what_would_change_it: string[];
  confidence: string;
  outcome: string;
  recommended: string | null;
  recorded_kwh: number | null;
  currency: string;
  minor_digits: number;
  rows: Row[];
  differences: Difference[];
  trade_off: TradePoint[];
  sensitivity: Swept[];
  notes: string[];
}
export interface Run {
  id: string;
  title: string;
  by: string;
  asked: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  place: number;
  done_ratio: number;
  first_day: string | null;
  last_day: string | null;
  scenario: string;
  visits_count: number;
  policies: Contestant[];
  faults: string[];
  sensitivity: string[];
  papers: ("report" | "picture" | "log")[];
  is_saved: boolean;
  took_s: number | null;
  headline: string;
  failure: { why: string; policy: string; faults: string; seed: number | null; log: string[] } | null;
  result: Result | null;
}
export interface Parameter {
  parameter: string;
  word: string;
  unit: "s" | "ratio";
  values: number[];
  least: number;
  most: number;
}
export interface Choices {
  today: string;
  days: { day: string; visits_count: number; running_count: number }[];
  scenarios: { name: string; title: string; faults: string[] }[];
  architectures: string[];
  /** Each architecture in a line. */
  explained: Record<string, string>;
  faults: string[];
  parameters: Parameter[];
  in_force: Contestant;
}

export const PATH = "/api/v1/what-if";
export const isOpen = (run: Run): boolean => run.state === "waiting" || run.state === "running";

/** A contestant's own name, "" where it is called as its architecture. */
export const ownName = (one: Contestant): string => (one.label === one.architecture ? "" : one.label.slice(one.architecture.length + 2));

/** A level of faults in words. */
export const faultWords = (level: string): string => (level === "none" ? "No faults" : `${level.charAt(0).toUpperCase()}${level.slice(1)} faults`);
