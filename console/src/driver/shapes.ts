// Made of src/voltloom/web/driver/shapes.py by scripts/make_console_types.py. Do not edit.

export interface Happened {
  at_ms: number;
  sentence: string;
}

export interface Sticker {
  type: "sticker";
  now_ms: number;
  site: string;
  time_zone: string;
  outlet: string;
  phone: string;
  stage: string;
  claim: string;
  speed_ratio: number;
}

export interface Visit {
  type: "visit";
  now_ms: number;
  site: string;
  time_zone: string;
  outlet: string;
  phone: string;
  stage: string;
  power_kw: number | null;
  may_kw: number;
  sampled_ms: number | null;
  sentence: string | null;
  arrived_ms: number;
  energy_kwh: number | null;
  need_kwh: number | null;
  departs_ms: number | null;
  done_ms: number | null;
  late_min: number;
  short_kwh: number | null;
  queue_place: number | null;
  starts_ms: number | null;
  idle_ms: number | null;
  idle_per_h: number | null;
  currency: string | null;
  happened: Happened[];
  speed_ratio: number;
}

export interface Over {
  type: "over";
  now_ms: number;
  site: string;
  time_zone: string;
  outlet: string;
  phone: string;
  arrived_ms: number;
  ended_ms: number | null;
  energy_kwh: number | null;
  cost_minor: number | null;
  minor_digits: number;
  currency: string;
}

export interface Beat {
  type: "beat";
  now_ms: number;
}

export interface Foretold {
  done_ms: number | null;
  late_min: number;
  short_kwh: number | null;
}
