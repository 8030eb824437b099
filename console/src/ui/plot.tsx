// What pictures of a few points are made of: a width that follows the page, ticks, and a shape and colour for each series.
import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** The width of an element in px, and what to hang on it. */
export function useWidth<T extends Element>(before: number): [RefObject<T>, number] {
  const box = useRef<T>(null);
  const [width, setWidth] = useState(before);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => setWidth(Math.max(160, Math.round(element.clientWidth)));
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return [box, width];
}

/** Round numbers that span a range, `count` of them or so. */
export function ticksOf(low: number, high: number, count: number): number[] {
  const rough = (high - low || 1) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first) + 1 }, (_, k) => Number(((first + k) * step).toPrecision(10)));
}

export const scaled = (low: number, high: number, from: number, to: number) => (value: number): number => from + ((value - low) / (high - low || 1)) * (to - from);

const COLOURS = 6;
export const seriesColour = (number: number): string => `var(--series-${(number % COLOURS) + 1})`;

const SHAPES: ((r: number) => string)[] = [
  (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  (r) => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `M0 ${-1.2 * r}L${1.15 * r} ${r}H${-1.15 * r}z`,
  (r) => `M0 ${-1.3 * r}L${1.3 * r} 0L0 ${1.3 * r}L${-1.3 * r} 0z`,
  (r) => `M0 ${1.2 * r}L${1.15 * r} ${-r}H${-1.15 * r}z`,
  (r) => `M${-r / 2.5} ${-r}h${r / 1.25}v${r / 1.7}h${r / 1.7}v${r / 1.25}h${-r / 1.7}v${r / 1.7}h${-r / 1.25}v${-r / 1.7}h${-r / 1.7}v${-r / 1.25}h${r / 1.7}z`,
];

/** The mark of a series: a shape that tells it apart without its colour. */
export function Mark({ number, x, y, size = 6 }: { number: number; x: number; y: number; size?: number }): JSX.Element {
  return <path d={SHAPES[number % SHAPES.length]!(size)} transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`} fill={seriesColour(number)} class="mark" />;
}

/** The mark of a series beside its word. */
export function Key({ number, word }: { number: number; word: string }): JSX.Element {
  return (
    <span class="key">
      <svg viewBox="-9 -9 18 18" width="14" height="14" aria-hidden="true">
        <Mark number={number} x={0} y={0} size={6} />
      </svg>
      {word}
    </span>
  );
}
