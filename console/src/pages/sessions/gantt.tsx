// Visits over time: a row for each outlet, as high as its power, hatched where it waits, dotted where it is planned.
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { head, outlets } from "../../feed/feed";
import { href } from "../../router";
import { clock, day, kw } from "../../ui/format";

export interface Bands {
  at_ms: number[];
  evses: string[];
  draws_kw: (number | null)[][];
}
export interface PlannedRow {
  evse: string;
  steps: { from_ms: number; until_ms: number; kw: number }[];
}

const ROW = 26;
const LEFT = 56;
const TOP = 24;
const WIDTH = 1000;
const FLOWS_KW = 0.15;
const NOW_AT = 0.7; // of what is in sight, where it is too narrow for all: the newest past and what is planned

export function Gantt(props: { bands: Bands; planned: PlannedRow[]; from_ms: number; until_ms: number }): JSX.Element {
  const { bands, from_ms, until_ms } = props;
  const now_ms = head.value?.now_ms ?? 0;
  const x = (at_ms: number): number => LEFT + ((at_ms - from_ms) / (until_ms - from_ms)) * (WIDTH - LEFT);
  const most = mostKw(bands, props.planned);
  const height = TOP + bands.evses.length * ROW + 4;
  const region = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = region;
    if (current === null) return;
    current.scrollLeft = (x(now_ms) / WIDTH) * current.scrollWidth - NOW_AT * current.clientWidth;
    keepNames(current);
  }, [Math.round((until_ms - from_ms) / 60_000)]);
  return (
    <div class="wide" role="region" aria-label="Visits over time" tabIndex={0} ref={region} onScroll={(event) => keepNames(event.currentTarget)}>
      <svg class="gantt" viewBox={`0 0 ${WIDTH} ${height}`} role="group" aria-label={`Visits of ${bands.evses.length} outlets from ${clock(from_ms)} to ${clock(until_ms)}`}>
        <defs>
          <pattern id="waits" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" fill="var(--raised)" />
            <line x1="0" y1="0" x2="0" y2="6" stroke="var(--paused)" stroke-width="2" />
          </pattern>
        </defs>
        {ticks(from_ms, until_ms).map((at_ms) => (
          <g key={at_ms}>
            <line x1={x(at_ms)} x2={x(at_ms)} y1={TOP - 6} y2={height} stroke="var(--line)" />
            <text x={x(at_ms) + (x(at_ms) > WIDTH - 40 ? -3 : 3)} y={14} text-anchor={x(at_ms) > WIDTH - 40 ? "end" : "start"} class="gantt-text">
              {clock(at_ms) === "00:00" ? day(at_ms) : clock(at_ms)}
            </text>
          </g>
        ))}
        {bands.evses.map((evse, at) => (
          <Row key={evse} evse={evse} top={TOP + at * ROW} power={bands.draws_kw[at] ?? []} times={bands.at_ms} planned={props.planned.find((one) => one.evse === evse)} x={x} now_ms={now_ms} until_ms={until_ms} most={most} />
        ))}
        <line x1={x(now_ms)} x2={x(now_ms)} y1={TOP - 8} y2={height} stroke="var(--limit)" stroke-width="1.5" stroke-dasharray="5 4" class="now" />
      </svg>
    </div>
  );
}

/** Names of outlets stay in sight where the rest is moved aside. */
const keepNames = (region: HTMLElement): void => region.style.setProperty("--aside", `${(region.scrollLeft * WIDTH) / region.scrollWidth}px`);

interface RowProps {
  evse: string;
  top: number;
  power: (number | null)[];
  times: number[];
  planned: PlannedRow | undefined;
  x: (at_ms: number) => number;
  now_ms: number;
  until_ms: number;
  /** The power of a row's full height, in kW: the same for all, so that rows compare. */
  most: number;
}

function Row(props: RowProps): JSX.Element {
  const { evse, top, power, times, x, most } = props;
  const outlet = outlets.value.find((one) => one.id === evse);
  const base = top + ROW - 3;
  const full = ROW - 7;
  const stays = runs(power.map((value) => value !== null));
  const waits = runs(power.map((value) => value !== null && Math.abs(value) < FLOWS_KW));
  const end = (at: number): number => x(times[Math.min(at, times.length - 1)] ?? 0);
  const area = stays
    .map(([first, last]) => {
      const points = range(first, last).map((at) => `${end(at).toFixed(1)},${(base - (Math.abs(power[at] ?? 0) / most) * full).toFixed(1)}`);
      return `M${end(first).toFixed(1)},${base} L${points.join(" L")} L${end(last).toFixed(1)},${base}Z`;
    })
    .join(" ");
  const departs = outlet?.visit?.departs_ms ?? null;
  const late = outlet !== undefined && outlet.visit !== null && (outlet.visit.late_min > 0 || outlet.visit.short_kwh !== null);
  return (
    <g>
      <line x1={LEFT} x2={WIDTH} y1={base} y2={base} stroke="var(--line)" />
      {stays.map(([first, last]) => (
        <rect key={first} x={end(first)} width={Math.max(1, end(last) - end(first))} y={base - full} height={full} fill="var(--raised)" />
      ))}
      {waits.map(([first, last]) => (
        <rect key={first} x={end(first)} width={Math.max(1, end(last) - end(first))} y={base - 7} height={7} fill="url(#waits)" />
      ))}
      {area && <path d={area} fill="var(--charging)" fill-opacity="0.75" />}
      {props.planned?.steps
        .filter((step) => step.until_ms > props.now_ms && step.kw > FLOWS_KW)
        .map((step) => (
          <rect key={step.from_ms} x={x(Math.max(props.now_ms, step.from_ms))} width={Math.max(1, x(Math.min(step.until_ms, props.until_ms)) - x(Math.max(props.now_ms, step.from_ms)))} y={base - (step.kw / most) * full} height={(step.kw / most) * full} fill="none" stroke="var(--accent)" stroke-dasharray="3 3" />
        ))}
      {departs !== null && departs < props.until_ms && <path d={diamond(x(departs), top + ROW / 2)} fill={late ? "var(--hot)" : "var(--text)"} />}
      <a href={href("sessions", evse)} aria-label={`${evse}: ${outlet?.visit ? kw(outlet.draws_kw) : "free"}`}>
        <text x={2} y={top + 17} class="gantt-name">
          {evse}
        </text>
      </a>
    </g>
  );
}

/** The most that any outlet drew or will draw in the time shown, at least 1 kW. */
export function mostKw(bands: Bands, planned: PlannedRow[]): number {
  let most = 1;
  for (const row of bands.draws_kw) for (const value of row) most = Math.max(most, Math.abs(value ?? 0));
  for (const row of planned) for (const step of row.steps) most = Math.max(most, step.kw);
  return most;
}

const diamond = (x: number, y: number): string => `M${x},${y - 6} L${x + 6},${y} L${x},${y + 6} L${x - 6},${y}Z`;
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

function runs(of: boolean[]): [number, number][] {
  const found: [number, number][] = [];
  let begun = -1;
  of.forEach((is, at) => {
    if (is && begun < 0) begun = at;
    if (!is && begun >= 0) {
      found.push([begun, at]);
      begun = -1;
    }
  });
  if (begun >= 0) found.push([begun, of.length - 1]);
  return found;
}

function ticks(from_ms: number, until_ms: number): number[] {
  const hour = 3_600_000;
  const step = [0.25, 0.5, 1, 2, 3, 6, 12].map((hours) => hours * hour).find((one) => (until_ms - from_ms) / one <= 12) ?? 24 * hour;
  const first = Math.ceil(from_ms / step) * step;
  return range(0, Math.floor((until_ms - first) / step)).map((at) => first + at * step);
}
