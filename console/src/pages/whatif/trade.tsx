// What energy costs against what stays unmet: a mark for each policy, bars for what the means may be off, and the same as a table.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { kwh, number, plural, price } from "../../ui/format";
import { Choice } from "../../ui/parts";
import { Key, Mark, scaled, seriesColour, ticksOf, useWidth } from "../../ui/plot";
import { faultWords } from "./shapes";
import type { Result, Span, TradePoint } from "./shapes";

const HEIGHT = 300;
const EDGE = { left: 64, right: 14, top: 14, bottom: 44 };
type Priced = TradePoint & { cost_per_kwh: Span };

const isPriced = (point: TradePoint): point is Priced => point.cost_per_kwh !== null;

export function TradeOff({ result }: { result: Result }): JSX.Element | null {
  const levels = [...new Set(result.trade_off.map(({ faults }) => faults))];
  const [chosen, setChosen] = useState(levels[0] ?? "none");
  if (result.trade_off.length === 0) return null;
  const labels = [...new Set(result.trade_off.map(({ label }) => label))];
  const points = result.trade_off.filter(({ faults }) => faults === chosen);
  const priced = points.filter(isPriced);
  const days = Math.min(...points.map(({ days_count }) => days_count));
  return (
    <section class="stack" aria-labelledby="trade-off">
      <h3 id="trade-off">Cost against unmet energy</h3>
      {levels.length > 1 && <Choice name="Faults shown" of={levels.map((value) => ({ value, label: faultWords(value) }))} value={chosen} onChange={setChosen} />}
      {priced.length > 0 ? (
        <Scatter points={priced} labels={labels} currency={result.currency} />
      ) : (
        <p class="note">No tariff is known here, so there is no cost to set against it: what a site pays stands in its file, under <code>[control.planning.buys]</code>.</p>
      )}
      <div class="wide" role="region" aria-label="Cost against unmet energy, as numbers" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Under</th>
              <th class="num">Unmet a day</th>
              <th class="num">Interval</th>
              <th class="num">Price of a kWh</th>
              <th class="num">Interval</th>
            </tr>
          </thead>
          <tbody>
            {points.map((point) => (
              <tr key={point.label}>
                <th scope="row">
                  <Key number={labels.indexOf(point.label)} word={point.label} />
                </th>
                <td class="num">{kwh(point.unmet_kwh.mean)}</td>
                <td class="num">{between(point.unmet_kwh, (value) => number(value))}</td>
                <td class="num">{price(point.cost_per_kwh?.mean, result.currency)}</td>
                <td class="num">{point.cost_per_kwh === null ? "–" : between(point.cost_per_kwh, (value) => price(value, result.currency))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="small soft">
        Further left and further down is better. Unmet is what cars could have taken during their stay and did not get; the price leaves out the demand charge, which is a month's.
        {days > 1
          ? ` Bars are the 95 % interval of the mean over ${plural(days, "day")}. Bars that overlap settle nothing: the paired differences compare the same visits.`
          : " One day has no interval: ask for more days to see how far these means may be off."}
      </p>
    </section>
  );
}

const between = (span: Span, told: (value: number) => string): string => (span.low === null || span.high === null ? "–" : `${told(span.low)} to ${told(span.high)}`);

function Scatter({ points, labels, currency }: { points: Priced[]; labels: string[]; currency: string }): JSX.Element {
  const [box, width] = useWidth<HTMLDivElement>(640);
  const xs = ranged(points.map(({ unmet_kwh }) => unmet_kwh), true);
  const ys = ranged(points.map(({ cost_per_kwh }) => cost_per_kwh), false);
  const x = scaled(xs.low, xs.high, EDGE.left, width - EDGE.right);
  const y = scaled(ys.low, ys.high, HEIGHT - EDGE.bottom, EDGE.top);
  const told = points.map(({ label, unmet_kwh, cost_per_kwh }) => `${label}: ${kwh(unmet_kwh.mean)} unmet a day at ${price(cost_per_kwh.mean, currency)}`);
  return (
    <div ref={box} class="plot">
      <svg width={width} height={HEIGHT} role="img" aria-label={`Price of a kWh against unmet energy. ${told.join("; ")}.`}>
        {ticksOf(xs.low, xs.high, width < 480 ? 3 : 6).map((tick) => (
          <g key={tick}>
            <line class="rule" x1={x(tick)} x2={x(tick)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
            <text x={x(tick)} y={HEIGHT - EDGE.bottom + 16} text-anchor="middle">
              {number(tick, Number.isInteger(tick) ? 0 : 1)}
            </text>
          </g>
        ))}
        {ticksOf(ys.low, ys.high, 5).map((tick) => (
          <g key={tick}>
            <line class="rule" x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
            <text x={EDGE.left - 6} y={y(tick) + 4} text-anchor="end">
              {price(tick, currency).split(" ")[0]}
            </text>
          </g>
        ))}
        <text x={(EDGE.left + width - EDGE.right) / 2} y={HEIGHT - 8} text-anchor="middle">
          Unmet, kWh a day
        </text>
        <text transform={`translate(14 ${(HEIGHT - EDGE.bottom + EDGE.top) / 2}) rotate(-90)`} text-anchor="middle">
          {price(0, currency).replace(/^\S+ /, "")}
        </text>
        {points.map((point) => (
          <Bars key={point.label} point={point} x={x} y={y} number={labels.indexOf(point.label)} />
        ))}
        {points.map((point) => (
          <Mark key={point.label} number={labels.indexOf(point.label)} x={x(point.unmet_kwh.mean)} y={y(point.cost_per_kwh.mean)} />
        ))}
        {placed(points, x, y, width).map(({ label, at, anchor }) => (
          <text key={label} class="word" x={at[0]} y={at[1]} text-anchor={anchor}>
            {label}
          </text>
        ))}
      </svg>
    </div>
  );
}

type Scale = (value: number) => number;

function Bars({ point, x, y, number: series }: { point: Priced; x: Scale; y: Scale; number: number }): JSX.Element {
  const { unmet_kwh: across, cost_per_kwh: up } = point;
  return (
    <g stroke={seriesColour(series)} stroke-width="2">
      {across.low !== null && across.high !== null && <path d={`M${x(across.low)} ${y(up.mean)}H${x(across.high)}m0 -4v8M${x(across.low)} ${y(up.mean) - 4}v8`} />}
      {up.low !== null && up.high !== null && <path d={`M${x(across.mean)} ${y(up.low)}V${y(up.high)}m-4 0h8M${x(across.mean) - 4} ${y(up.low)}h8`} />}
    </g>
  );
}

/** What an axis shows: all means and intervals with some room; from zero where `fromZero`. */
function ranged(spans: Span[], fromZero: boolean): { low: number; high: number } {
  const all = spans.flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean]);
  const low = Math.min(...all, ...(fromZero ? [0] : []));
  const high = Math.max(...all);
  const room = (high - low || Math.abs(high) || 1) * 0.12;
  return { low: fromZero && low === 0 ? -room / 4 : low - room, high: high + room };
}

interface Box {
  from: number;
  to: number;
  top: number;
  bottom: number;
}
interface Word {
  label: string;
  at: [number, number];
  anchor: "start" | "end" | "middle";
}

/** Words beside the marks, each where it lies on no mark and no other word; none where there is no such place, for the table has them all. */
function placed(points: Priced[], x: Scale, y: Scale, width: number): Word[] {
  const taken: Box[] = points.map(({ unmet_kwh, cost_per_kwh }) => around(x(unmet_kwh.mean), y(cost_per_kwh.mean), 8, 8));
  const found: Word[] = [];
  for (const { label, unmet_kwh, cost_per_kwh } of points) {
    const [across, up, half] = [x(unmet_kwh.mean), y(cost_per_kwh.mean), label.length * 3.7];
    const places: Word[] = [
      { label, at: [across + 11, up + 4], anchor: "start" },
      { label, at: [across - 11, up + 4], anchor: "end" },
      { label, at: [across, up - 14], anchor: "middle" },
      { label, at: [across, up + 22], anchor: "middle" },
      { label, at: [across + 8, up - 14], anchor: "end" },
      { label, at: [across + 8, up + 22], anchor: "end" },
      { label, at: [across - 8, up - 14], anchor: "start" },
      { label, at: [across, up - 30], anchor: "middle" },
      { label, at: [across, up + 38], anchor: "middle" },
    ];
    for (const place of places) {
      const shift = place.anchor === "start" ? half : place.anchor === "end" ? -half : 0;
      const box = around(place.at[0] + shift, place.at[1] - 4, half, 7);
      const isInside = box.from >= EDGE.left && box.to <= width - EDGE.right && box.top >= 0 && box.bottom <= HEIGHT - EDGE.bottom;
      if (!isInside || taken.some((one) => box.from < one.to && box.to > one.from && box.top < one.bottom && box.bottom > one.top)) continue;
      taken.push(box);
      found.push(place);
      break;
    }
  }
  return found;
}

const around = (across: number, up: number, half: number, tall: number): Box => ({ from: across - half, to: across + half, top: up - tall, bottom: up + tall });
