// What would flip the verdict: a sentence, a small chart for each policy, and the same as a table.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { number, plural, price } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { Choice } from "../../ui/parts";
import { Key, Mark, scaled, seriesColour, ticksOf, useWidth } from "../../ui/plot";
import type { Reading, Result, Swept } from "./shapes";

const HEIGHT = 150;
const EDGE = { left: 52, right: 12, top: 10, bottom: 26 };
const MEASURES = [
  { value: "delivered", label: "Energy delivered" },
  { value: "unmet", label: "Unmet visits" },
  { value: "price", label: "Price of a kWh" },
] as const;
type Measure = (typeof MEASURES)[number]["value"];

const READ: Record<Measure, (one: Reading) => number | null> = {
  delivered: (one) => one.delivered_ratio,
  unmet: (one) => one.unmet_ratio,
  price: (one) => one.cost_per_kwh,
};

export function Sensitivity({ result }: { result: Result }): JSX.Element | null {
  const [measure, setMeasure] = useState<Measure>("delivered");
  if (result.sensitivity.length === 0) return null;
  const hasPrice = result.sensitivity.some(({ points }) => points.some(({ readings }) => readings.some((one) => one.cost_per_kwh !== null)));
  return (
    <section class="stack" aria-labelledby="sensitivity">
      <h3 id="sensitivity">What would flip the verdict</h3>
      <Choice name="Shown" of={MEASURES.filter(({ value }) => value !== "price" || hasPrice)} value={measure} onChange={setMeasure} />
      {result.sensitivity.map((swept) => (
        <One key={swept.parameter} swept={swept} measure={measure} currency={result.currency} />
      ))}
      <p class="small soft">
        The same visits again while one thing gets worse, everywhere and all the time. Each value is judged by itself; between the two where the choice flips up to two more are tried. The
        price is with the demand charge.
      </p>
    </section>
  );
}

function One({ swept, measure, currency }: { swept: Swept; measure: Measure; currency: string }): JSX.Element {
  const labels = swept.points[0]?.readings.map(({ label }) => label) ?? [];
  const told = (value: number | null): string => (value === null ? "–" : measure === "price" ? price(value, currency) : `${number(value * 100)} %`);
  const short = swept.points.filter(({ added_count, wanted_count }) => added_count < wanted_count);
  return (
    <div class="stack">
      <p class={swept.kind === "unsafe" ? "note bad" : swept.kind === "flips" || swept.kind === "open" ? "note warm" : "note"}>
        <Icon name={swept.kind === "holds" ? "check" : swept.kind === "never_decided" ? "ring" : "triangle"} /> {swept.sentence}
      </p>
      <div class="smalls">
        {labels.map((label, place) => (
          <Line key={label} swept={swept} label={label} place={place} read={READ[measure]} told={told} most={measure === "price" ? Infinity : 1} />
        ))}
      </div>
      <div class="wide" role="region" aria-label={`${swept.word}, as numbers`} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>{swept.word}</th>
              {labels.map((label, place) => (
                <th key={label} class="num">
                  <Key number={place} word={label} />
                </th>
              ))}
              <th>Choice</th>
            </tr>
          </thead>
          <tbody>
            {swept.points.map((point) => (
              <tr key={point.value}>
                <th scope="row">{point.words}</th>
                {point.readings.map((one) => (
                  <td key={one.label} class="num">
                    {told(READ[measure](one))}
                  </td>
                ))}
                <td>{point.choice ?? (point.is_safe ? "no winner" : "none keeps every rule")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {short.map((point) => (
        <p key={point.value} class="small soft">
          At {point.words} only {point.added_count} of {plural(point.wanted_count, "visit")} to be added found a free outlet: that growth needs outlets first.
        </p>
      ))}
    </div>
  );
}

interface Lined {
  swept: Swept;
  label: string;
  place: number;
  read: (one: Reading) => number | null;
  told: (value: number | null) => string;
  /** No tick stands above it. */
  most: number;
}

/** One policy's line over the values, the others' behind it in grey. */
function Line({ swept, label, place, read, told, most }: Lined): JSX.Element {
  const [box, width] = useWidth<HTMLElement>(240);
  const values = swept.points.map(({ value }) => value);
  const known = swept.points.flatMap(({ readings }) => readings.map(read)).filter((value) => value !== null);
  const low = Math.min(...known, Infinity);
  const high = Math.max(...known, -Infinity);
  // Lines that lie within a few percent of each other are drawn as close as they are.
  const span = Math.max(high - low, 0.04 * Math.abs(high) || 0.04);
  const top = (low + high) / 2 + 0.65 * span;
  const bottom = Math.max(top - 1.3 * span, low >= 0 ? 0 : -Infinity);
  const isWide = span > 0.05; // whole percents tell its ticks apart
  const x = scaled(values[0] ?? 0, values.at(-1) ?? 1, EDGE.left + 6, width - EDGE.right - 6);
  const y = scaled(bottom, top, HEIGHT - EDGE.bottom, EDGE.top);
  const line = (of: string): [number, number][] =>
    swept.points.flatMap((point) => {
      const value = point.readings.filter((one) => one.label === of).map(read)[0] ?? null;
      return value === null ? [] : [[x(point.value), y(value)] as [number, number]];
    });
  const path = (of: string): string => line(of).map(([across, up], k) => `${k ? "L" : "M"}${across.toFixed(1)} ${up.toFixed(1)}`).join("");
  const others = swept.points[0]?.readings.map((one) => one.label).filter((one) => one !== label) ?? [];
  const own = swept.points.map((point) => `${point.words}: ${told(point.readings.filter((one) => one.label === label).map(read)[0] ?? null)}`);
  return (
    <figure ref={box} class="plot">
      <figcaption>
        <Key number={place} word={label} />
      </figcaption>
      <svg width={width} height={HEIGHT} role="img" aria-label={`${label} by ${swept.word}. ${own.join("; ")}.`}>
        {ticksOf(bottom, Math.min(top, most), 3).map((tick) => (
          <g key={tick}>
            <line class="rule" x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
            <text x={EDGE.left - 5} y={y(tick) + 4} text-anchor="end">
              {told(tick).replace("/kWh", "").replace(isWide ? ".0 %" : " %", "%")}
            </text>
          </g>
        ))}
        {swept.kind !== "holds" && swept.kind !== "never_decided" && <line class="flips" x1={x(swept.flips_from)} x2={x(swept.flips_from)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />}
        {others.map((other) => (
          <path key={other} class="behind" d={path(other)} />
        ))}
        <path d={path(label)} fill="none" stroke={seriesColour(place)} stroke-width="2.5" />
        {line(label).map(([across, up]) => (
          <Mark key={across} number={place} x={across} y={up} size={4} />
        ))}
        <text x={EDGE.left} y={HEIGHT - 8}>
          {swept.points[0]?.words}
        </text>
        <text x={width - EDGE.right} y={HEIGHT - 8} text-anchor="end">
          {swept.points.at(-1)?.words}
        </text>
      </svg>
    </figure>
  );
}
