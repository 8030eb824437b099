// What an outlet drew against what it was offered, with a mark wherever another cause began to hold.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import uPlot from "uplot";
import { ask } from "../../feed/api";
import { head } from "../../feed/feed";
import type { OutletNow } from "../../feed/shapes";
import { useAgain } from "../../ui/again";
import type { Charted } from "../../ui/chart";
import { Chart, inked } from "../../ui/chart";
import { clock, kw } from "../../ui/format";
import { Choice, Empty, Panel, Wrong } from "../../ui/parts";
import { causeWord } from "../../ui/words";

const AGAIN_MS = 4_000;
const HOUR_MS = 3_600_000;
const MARKS_COUNT = 8;
const SMALL = "deadband"; // a change too small to send: what held before still holds

interface Curve {
  at_ms: number[];
  draws_a: (number | null)[];
  may_a: number[];
  causes: string[];
  kw_per_a: number;
}
interface Mark {
  at_ms: number;
  cause: string;
}
type Span = "visit" | "hour" | "day";

export function CurvePanel({ outlet }: { outlet: OutletNow }): JSX.Element {
  const arrived_ms = outlet.visit?.arrived_ms ?? null;
  const [span, setSpan] = useState<Span>(arrived_ms === null ? "hour" : "visit");
  const [curve, setCurve] = useState<Curve | null>(null);
  function asked(): Promise<Curve> {
    const now_ms = head.value?.now_ms ?? 0;
    const from = span === "visit" && arrived_ms !== null ? arrived_ms : now_ms - (span === "day" ? 24 : 1) * HOUR_MS;
    return ask<Curve>("GET", `/api/v1/curves/${encodeURIComponent(outlet.id)}?from=${Math.max(0, Math.round(from))}`);
  }
  const { wrong } = useAgain(asked, setCurve, `${outlet.id}/${span}/${arrived_ms}`, AGAIN_MS);
  const spans: { value: Span; label: string }[] = [
    { value: "hour", label: "1 h" },
    { value: "day", label: "Day" },
  ];
  if (arrived_ms !== null) spans.unshift({ value: "visit", label: "This visit" });
  const marks = curve === null ? [] : marksOf(curve);
  return (
    <Panel title="Offered and drawn" aside={<Choice<Span> name="How far back" value={span} onChange={setSpan} of={spans} />}>
      <Wrong text={wrong} />
      {curve === null && wrong === null && (
        <div class="empty" style={{ minHeight: "240px" }}>
          Reading the curve…
        </div>
      )}
      {curve !== null && curve.at_ms.length < 2 ? (
        <Empty>Nothing was noted here since this run began.</Empty>
      ) : (
        curve !== null && (
          <>
            <Chart charted={() => charted(curve, marks)} height={190} label={`Power of ${outlet.id} over time: drawn ${kw(outlet.draws_kw)} now, offered ${kw(outlet.may_a * curve.kw_per_a)}`} />
            <p class="row small legend">
              <span>
                <i class="line offered" />
                Offered
              </span>
              <span>
                <i class="drawn" />
                Drawn
              </span>
            </p>
            {marks.length > 0 && (
              <ol class="marks small">
                {marks.map((one, at) => (
                  <li key={one.at_ms}>
                    <b class="num">{at + 1}</b> <span class="num soft">{clock(one.at_ms)}</span> {causeWord(one.cause)}
                  </li>
                ))}
              </ol>
            )}
          </>
        )
      )}
    </Panel>
  );
}

/** The newest moments from which on another cause held, of those that lasted: a mark for each flicker would hide the curve. */
function marksOf(curve: Curve): Mark[] {
  const first = curve.at_ms[0] ?? 0;
  const apart_ms = ((curve.at_ms.at(-1) ?? 0) - first) / 40;
  const found: Mark[] = [];
  curve.causes.forEach((cause, at) => {
    const at_ms = curve.at_ms[at] ?? 0;
    const last = found.at(-1);
    if (last?.cause === cause || (cause === SMALL && last !== undefined)) return;
    if (last !== undefined && at_ms - last.at_ms < apart_ms) found.pop();
    if (found.at(-1)?.cause !== cause) found.push({ at_ms, cause });
  });
  return found.slice(-MARKS_COUNT);
}

function charted(curve: Curve, marks: Mark[]): Charted {
  const times = curve.at_ms.map((at) => at / 1000);
  const offered = curve.may_a.map((value) => value * curve.kw_per_a);
  const drawn = curve.draws_a.map((value) => (value === null ? null : value * curve.kw_per_a));
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const accent = inked("--accent");
  return {
    data: [times, drawn, offered] as uPlot.AlignedData,
    series: [
      { label: "Drawn", stroke: accent, fill: `${accent}44`, width: 1.5, points: { show: false } },
      { label: "Offered", stroke: inked("--limit"), width: 2, points: { show: false }, ...(stepped ? { paths: stepped } : {}) },
    ],
    unit: "kW",
    over: (chart) => marks.forEach((one, at) => numbered(chart, one.at_ms / 1000, String(at + 1))),
  };
}

function numbered(chart: uPlot, at_s: number, word: string): void {
  const { ctx, bbox } = chart;
  const size = 8 * devicePixelRatio;
  const x = Math.min(Math.max(chart.valToPos(at_s, "x", true), bbox.left + size), bbox.left + bbox.width - size);
  ctx.save();
  ctx.fillStyle = inked("--text");
  ctx.beginPath();
  ctx.arc(x, bbox.top + size, size, 0, 2 * Math.PI);
  ctx.fill();
  ctx.fillStyle = inked("--panel");
  ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(word, x, bbox.top + size);
  ctx.restore();
}
