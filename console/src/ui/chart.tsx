// Charts on canvas (uPlot): drawn anew when theme or size changes, ended when they leave the page.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { siteZone } from "./format";
import { theme } from "./theme";

export interface Charted {
  data: uPlot.AlignedData;
  series: uPlot.Series[];
  bands?: uPlot.Band[];
  /** Draws over the chart: a now line, marks. */
  over?: (chart: uPlot) => void;
  /** Seconds: what the time axis shows at least. */
  from?: number;
  to?: number;
  unit: string;
}

/** A chart over time. `label` says in words what it shows; `height` in px. */
export function Chart(props: { charted: () => Charted; height: number; label: string; key?: string }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const charted = props.charted();
  const shape = `${theme.value}|${charted.series.map((one) => one.label).join("|")}|${props.height}`;
  const latest = useRef(charted);
  latest.current = charted;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(options(latest, element.clientWidth || 300, props.height), latest.current.data, element);
    chart.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth || 300, height: props.height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [shape]);

  useEffect(() => {
    chart.current?.setData(charted.data);
  });

  return <div ref={box} class="chart" role="img" aria-label={props.label} style={{ height: `${props.height}px` }} />;
}

function options(latest: { current: Charted }, width: number, height: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const muted = style.getPropertyValue("--muted").trim();
  const line = style.getPropertyValue("--line").trim();
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif" };
  const { series, bands, unit } = latest.current;
  return {
    width,
    height,
    series: [{ label: "Time" }, ...series],
    bands: bands ?? [],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), siteZone()),
    scales: {
      x: { time: true, range: (_, low, high) => [Math.min(low ?? latest.current.from ?? 0, latest.current.from ?? Infinity), Math.max(high ?? latest.current.to ?? 1, latest.current.to ?? -Infinity)] },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, (high ?? 1) * 1.08)] },
    },
    axes: [
      {
        ...axis,
        space: 60,
        values: (_, ticks) => ticks.map((tick) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: siteZone() }).format(tick * 1000)),
      },
      { ...axis, size: 60, values: (_, ticks) => ticks.map((tick) => `${tick} ${unit}`) },
    ],
    hooks: { draw: [(made) => latest.current.over?.(made)] },
  };
}

/** The value of a colour token, for a canvas. */
export function inked(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

/** Draw a line at a moment, with a word beside it. */
export function markAt(chart: uPlot, at_s: number, word: string, token: string): void {
  const { ctx, bbox } = chart;
  const x = Math.round(chart.valToPos(at_s, "x", true));
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = inked(token);
  ctx.setLineDash([4, 4]);
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.fillText(word, x + 4 * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
  ctx.restore();
}
