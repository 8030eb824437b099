// Power by feeder on one time axis: what was, now, and what the plan gives; the limit as a line, prices as a strip below.
import type { JSX } from "preact";
import type uPlot from "uplot";
import { head, plan, points, site } from "../../feed/feed";
import type { PlanPoint } from "../../feed/shapes";
import type { Charted } from "../../ui/chart";
import { Chart, inked, markAt } from "../../ui/chart";
import { clock, kw, price } from "../../ui/format";
import { Panel } from "../../ui/parts";

const PAST_S = 15 * 60;
const AHEAD_S = 2 * 3600;
const SHOWN_KW = 0.05; // less that is left to those still to come is not drawn

export function PowerChart(): JSX.Element {
  const feeders = site.value?.feeders ?? [];
  const planned = plan.value.length > 0;
  const now = head.value;
  return (
    <Panel title="Power">
      <Chart charted={charted} height={230} label={`Power by feeder for the last 15 minutes, now ${kw(now?.import_kw)} of ${kw(now?.limit_kw)}${planned ? ", and the plan for two hours" : ""}`} />
      {planned && <PriceStrip />}
      <p class="row small legend">
        {feeders.map((name, place) => (
          <span key={name}>
            <i style={{ background: `var(--series-${place + 1})` }} />
            {name}
          </span>
        ))}
        {points.value.some((one) => one.other_kw !== null) && (
          <span>
            <i style={{ background: "var(--building)" }} />
            Building
          </span>
        )}
        <span>
          <i class="line" style={{ background: "var(--limit)" }} />
          Limit
        </span>
        {upcoming().some((one) => one.expected_kw >= SHOWN_KW) && (
          <span title="What the plan leaves to those who are likely still to come, by the last days like this one">
            <i class="dashed" style={{ borderColor: "var(--muted)" }} />
            With those still to come
          </span>
        )}
        {!planned && <span class="soft">{now?.architecture === "adaptive-plan" ? "No plan could be made now: the site decides from moment to moment." : `No plan: ${now?.architecture ?? "the site"} decides from moment to moment.`}</span>}
      </p>
    </Panel>
  );
}

/** The steps of the plan that the chart shows. */
function upcoming(): PlanPoint[] {
  const now_s = (head.value?.now_ms ?? 0) / 1000;
  return plan.value.filter((one) => one.until_ms / 1000 > now_s && one.at_ms / 1000 < now_s + AHEAD_S);
}

function charted(): Charted {
  const feeders = site.value?.feeders ?? [];
  const now_s = (head.value?.now_ms ?? 0) / 1000;
  const from = now_s - PAST_S;
  const past = points.value.filter((one) => one.at_ms / 1000 >= from);
  const ahead = upcoming();
  const times = [...past.map((one) => one.at_ms / 1000), ...ahead.flatMap((one) => [Math.max(now_s, one.at_ms / 1000), one.until_ms / 1000 - 1])];
  const hasBuilding = past.some((one) => one.other_kw !== null);
  const layers = hasBuilding ? ["building", ...feeders] : feeders;
  const above: number[] = times.map(() => 0); // what is drawn stands on what others draw
  const under: number[] = times.map(() => 0); // what is fed back hangs below what others feed back
  const stacked: uPlot.AlignedData[number][] = [];
  layers.forEach((_, layer) => {
    const own = [
      ...past.map((one) => (hasBuilding && layer === 0 ? Math.max(0, one.other_kw ?? 0) : one.feeders_kw[layer - (hasBuilding ? 1 : 0)] ?? 0)),
      ...ahead.flatMap((one) => {
        const value = hasBuilding && layer === 0 ? 0 : (one.feeders_kw[layer - (hasBuilding ? 1 : 0)] ?? 0);
        return [value, value];
      }),
    ];
    stacked.push(
      own.map((value, at) => {
        const side = value < 0 ? under : above;
        return (side[at] = (side[at] ?? 0) + value);
      }),
    );
  });
  const expected = [...past.map(() => null), ...ahead.flatMap((one) => [one.expected_kw, one.expected_kw])].map((value, at) => (value !== null && value >= SHOWN_KW ? (above[at] ?? 0) + value : null));
  const limit = [...past.map((one) => one.limit_kw), ...ahead.flatMap(() => [past.at(-1)?.limit_kw ?? null, past.at(-1)?.limit_kw ?? null])];
  const colours = layers.map((_, layer) => (hasBuilding ? (layer === 0 ? "--building" : `--series-${layer}`) : `--series-${layer + 1}`));
  const series = layers.map((name, layer) => ({ label: name, stroke: inked(colours[layer] ?? ""), fill: `${inked(colours[layer] ?? "")}66`, width: 1, points: { show: false } }));
  return {
    data: [times, ...[...stacked].reverse(), expected, limit] as uPlot.AlignedData,
    series: [...series.reverse(), { label: "With those still to come", stroke: inked("--muted"), width: 1.5, dash: [5, 4], points: { show: false } }, { label: "Limit", stroke: inked("--limit"), width: 2, points: { show: false } }],
    from,
    to: ahead.length ? now_s + AHEAD_S : now_s + 60,
    unit: "kW",
    over: (chart) => markAt(chart, now_s, ahead.length ? "now" : "", "--muted"),
  };
}

function PriceStrip(): JSX.Element | null {
  const now = head.value;
  const steps = plan.value.filter((one) => one.price_per_kwh !== null);
  if (now === null || steps.length === 0) return null;
  const changes = steps.filter((one, at) => at === 0 || one.price_per_kwh !== steps[at - 1]?.price_per_kwh).slice(0, 4);
  return (
    <p class="row small price-strip">
      {changes.map((one, at) => (
        <span key={one.at_ms}>
          {at === 0 ? "now" : `from ${clock(one.at_ms)}`} <b class="num">{price(one.price_per_kwh, now.currency)}</b>
        </span>
      ))}
    </p>
  );
}
