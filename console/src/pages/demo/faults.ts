// The faults of the demo bar in words.

export interface FaultWords {
  kind: string;
  word: string;
  /** What it is called while it lasts. */
  lasts: string;
  what: string;
  hasTarget: boolean;
}

export const FAULTS: FaultWords[] = [
  { kind: "station_offline", word: "Pull a station's cable", lasts: "Offline", what: "It keeps its lease, then its offline limit.", hasTarget: true },
  { kind: "wan_loss", word: "Lose the WAN", lasts: "WAN lost", what: "No station is heard of any more.", hasTarget: false },
  { kind: "slow_station", word: "Slow station", lasts: "Slow", what: "Its messages take 20 s each way.", hasTarget: true },
  { kind: "clock_skew", word: "Skew a clock", lasts: "Clock behind", what: "A station's clock is 10 min behind.", hasTarget: true },
  { kind: "meter_frozen", word: "Freeze a meter", lasts: "Meter frozen", what: "It goes on showing what flows now.", hasTarget: true },
  { kind: "meter_high", word: "Meter +20 %", lasts: "Meter +20 %", what: "It shows a fifth too much.", hasTarget: true },
  { kind: "car_ignores_limit", word: "Car ignores limits", lasts: "Ignores limits", what: "It draws all it can, whatever it is offered.", hasTarget: true },
  { kind: "limit_cut", word: "Cut the grid by 40 %", lasts: "Grid −40 %", what: "The grid operator's limit, told to the site.", hasTarget: false },
  { kind: "price_spike", word: "Price spike", lasts: "Price × 4", what: "Power costs four times as much.", hasTarget: false },
];

export const faultWords = (kind: string): FaultWords => FAULTS.find((one) => one.kind === kind) ?? { kind, word: kind, lasts: kind, what: "", hasTarget: false };
