// Made of src/voltloom/web/console/shapes.py by scripts/make_console_types.py. Do not edit.

export interface PhaseNow {
  phase: string;
  rating_a: number;
  limit_a: number | null;
  load_a: number | null;
  worst_a: number | null;
}

export interface NodeNow {
  id: string;
  parent: string | null;
  kind: string;
  is_metered: boolean;
  rating_kw: number | null;
  limit_kw: number | null;
  limit_owner: string | null;
  load_kw: number | null;
  other_kw: number | null;
  headroom_kw: number | null;
  phases: PhaseNow[];
}

export interface BatteryNow {
  id: string;
  node: string;
  power_kw: number | null;
  told_kw: number;
  charge_kw: number;
  discharge_kw: number;
  soc_ratio: number | null;
  sampled_ms: number | null;
  is_silent: boolean;
  sentence: string;
}

export interface VisitNow {
  id: string;
  arrived_ms: number;
  since_ms: number;
  departs_ms: number | null;
  energy_kwh: number | null;
  need_kwh: number | null;
  soc_ratio: number | null;
  done_ms: number | null;
  late_min: number;
  short_kwh: number | null;
  queue_place: number | null;
  starts_ms: number | null;
  tier: number;
  id_token: string;
}

export interface OutletNow {
  id: string;
  node: string;
  station: string | null;
  look: string;
  state: string;
  is_connected: boolean;
  draws_a: number | null;
  draws_kw: number | null;
  may_a: number;
  reserved_a: number;
  most_a: number;
  phases: number;
  sampled_ms: number | null;
  lease_ms: number | null;
  cause: string | null;
  limit: string | null;
  boosted: string[];
  sentence: string | null;
  is_canary: boolean;
  visit: VisitNow | null;
}

export interface FaultNow {
  number: number;
  kind: string;
  target: string;
  until_ms: number;
}

export interface DemoNow {
  is_paused: boolean;
  faults: FaultNow[];
}

export interface Head {
  now_ms: number;
  speed_ratio: number;
  is_demo: boolean;
  architecture: string;
  policy: string;
  canary: string | null;
  trust: string;
  is_failing: boolean;
  import_kw: number | null;
  limit_kw: number | null;
  headroom_kw: number | null;
  binding: string | null;
  price_per_kwh: number | null;
  price_next_per_kwh: number | null;
  next_ms: number | null;
  currency: string | null;
  alarms_count: number;
  sessions_count: number;
  charging_count: number;
  late_count: number;
  stations_count: number;
  connected_count: number;
  parked_count: number;
  demo: DemoNow | null;
}

export interface Point {
  at_ms: number;
  feeders_kw: number[];
  other_kw: number | null;
  limit_kw: number | null;
}

export interface PlanPoint {
  at_ms: number;
  until_ms: number;
  feeders_kw: number[];
  expected_kw: number;
  price_per_kwh: number | null;
}

export interface Change {
  id: number;
  at_ms: number;
  evse: string;
  session: string | null;
  before_a: number;
  after_a: number;
  cause: string;
  causer: string;
  limit: string | null;
  sentence: string;
  record: Record<string, unknown>;
}

export interface AlarmNow {
  kind: string;
  source: string;
  severity: string;
  first_ms: number;
  last_ms: number;
  count: number;
  state: string;
  over_ms: number | null;
  what: string;
  effect: string;
  next_step: string;
  acknowledged_by: string | null;
  muted_until_ms: number | null;
}

export interface Standing {
  id: string;
  x_m: number;
  y_m: number;
}

export interface PictureStands {
  left_m: number;
  top_m: number;
  width_m: number;
}

export interface Picture {
  version: string;
  kind: string;
  height_ratio: number;
  stands: PictureStands;
}

export interface Site {
  name: string;
  time_zone: string;
  version: string;
  feeders: string[];
  architectures: string[];
  stations_url: string;
  started_ms: number;
  standings: Standing[];
  picture: Picture | null;
}

export interface Snapshot {
  type: "snapshot";
  seq: number;
  role: string;
  site: Site;
  head: Head;
  nodes: NodeNow[];
  batteries: BatteryNow[];
  outlets: OutletNow[];
  points: Point[];
  plan: PlanPoint[];
  changes: Change[];
  alarms: AlarmNow[];
}

export interface Tick {
  type: "tick";
  seq: number;
  head: Head;
  nodes: NodeNow[];
  batteries: BatteryNow[];
  outlets: OutletNow[];
  points: Point[];
  plan: PlanPoint[] | null;
  changes: Change[];
  alarms: AlarmNow[] | null;
}
