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
}
export interface Row {
  label: string;
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
  metric: string;
  mean: string;
  low: string;
  high: string;
  shows: "better" | "worse" | "too_small" | "not_shown";
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
  is_saved: boolean;
  took_s: number | null;
  headline: string;
  failure: { why: string; policy: string; seed: number | null; log: string[] } | null;
  result: Result | null;
}
export interface Choices {
  today: string;
  days: { day: string; visits_count: number; running_count: number }[];
  scenarios: { name: string; title: string }[];
  architectures: string[];
  in_force: Contestant;
}

export const PATH = "/api/v1/what-if";
export const isOpen = (run: Run): boolean => run.state === "waiting" || run.state === "running";

/** A contestant's own name, "" where it is called as its architecture. */
export const ownName = (one: Contestant): string => (one.label === one.architecture ? "" : one.label.slice(one.architecture.length + 2));
