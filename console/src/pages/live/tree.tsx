// Load against limits: grid, circuits and cabinets as bars, each with its limit and what stands behind it.
import type { JSX } from "preact";
import { batteries, head, nodes, outlets, site } from "../../feed/feed";
import type { BatteryNow, NodeNow, PhaseNow } from "../../feed/shapes";
import { amps, duration, kw, number, percent, plural } from "../../ui/format";
import { Bar, Panel } from "../../ui/parts";

export function LoadTree(): JSX.Element {
  const all = nodes.value;
  const binding = all.filter((one) => one.kind === "circuit");
  const roots = binding.filter((one) => one.parent === null);
  const scale = Math.max(...all.map((one) => one.rating_kw ?? 0), 1);
  return (
    <Panel title="Load against limits">
      <ul class="tree fades">
        {roots.map((root) => (
          <Branch key={root.id} node={root} all={all} scale={scale} />
        ))}
        {all
          .filter((one) => one.kind === "cabinet")
          .map((cabinet) => (
            <li key={cabinet.id}>
              <NodeBar node={cabinet} scale={scale} />
            </li>
          ))}
      </ul>
      {site.value && site.value.feeders.length === 0 && <p class="soft">This site has no circuits.</p>}
    </Panel>
  );
}

function Branch({ node, all, scale }: { node: NodeNow; all: NodeNow[]; scale: number }): JSX.Element {
  const below = all.filter((one) => one.parent === node.id && one.kind === "circuit");
  const stores = batteries.value.filter((one) => one.node === node.id);
  const feeding = outlets.value.filter((one) => one.node === node.id && one.look === "feeding");
  return (
    <li>
      <NodeBar node={node} scale={scale} />
      {(below.length > 0 || stores.length > 0 || feeding.length > 0 || node.other_kw !== null) && (
        <ul>
          {below.map((one) => (
            <Branch key={one.id} node={one} all={all} scale={scale} />
          ))}
          {stores.map((one) => (
            <li key={one.id}>
              <Store battery={one} scale={scale} />
            </li>
          ))}
          {feeding.length > 0 && <FeedingBack at={node.id} count={feeding.length} power_kw={feeding.reduce((sum, one) => sum + (one.draws_kw ?? 0), 0)} scale={scale} />}
          {node.other_kw !== null && (
            <li class="tree-row">
              <span class="tree-name soft">Building and unmetered</span>
              <Bar value={node.other_kw} scale={scale} label={`Building and unmetered at ${node.id}: ${kw(node.other_kw)}`} colour="var(--building)" />
              <span class="num">{kw(node.other_kw)}</span>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

/** What vehicles give: a negative number, and a word. */
function FeedingBack({ at, count, power_kw, scale }: { at: string; count: number; power_kw: number; scale: number }): JSX.Element {
  return (
    <li class="tree-row">
      <span class="tree-name soft">{plural(count, "vehicle")} feeding back</span>
      <Bar value={power_kw} scale={scale} label={`${plural(count, "vehicle")} feeding back at ${at}: ${kw(power_kw)}`} colour="var(--feeding)" />
      <span class="num">{kw(power_kw)}</span>
    </li>
  );
}

/** A battery: what flows, below 0 what it gives, how full it is, and why. */
function Store({ battery, scale }: { battery: BatteryNow; scale: number }): JSX.Element {
  const { power_kw } = battery;
  const does = power_kw === null ? "not heard of" : power_kw > 0.05 ? "charging" : power_kw < -0.05 ? "discharging" : "resting";
  const age_ms = battery.sampled_ms === null ? null : (head.value?.now_ms ?? 0) - battery.sampled_ms;
  return (
    <div>
      <div class="tree-row">
        <span class="tree-name cut">
          Battery <b>{battery.id}</b>
        </span>
        <Bar value={power_kw} scale={scale} label={`Battery ${battery.id} ${does}: ${kw(power_kw)}, ${percent(battery.soc_ratio)} full`} colour={power_kw !== null && power_kw < 0 ? "var(--feeding)" : "var(--charging)"} />
        <span class="num">{kw(power_kw)}</span>
      </div>
      <p class="small soft tree-phases num">
        <span>{does}</span>
        <span>{percent(battery.soc_ratio)} full</span>
        <span>
          from {kw(-battery.discharge_kw)} to {kw(battery.charge_kw)}
        </span>
      </p>
      {battery.is_silent && <p class="small warm-text">{age_ms === null ? "Its inverter has not answered yet." : `Its inverter has said nothing for ${duration(age_ms)}.`}</p>}
      <p class="small soft">{battery.sentence}</p>
    </div>
  );
}

/** More than flows is kept free for outlets that may still draw it: why a circuit is full before its meter says so. */
const isReserved = (phase: PhaseNow): boolean => phase.load_a !== null && phase.worst_a !== null && phase.worst_a - phase.load_a >= 1;

function NodeBar({ node, scale }: { node: NodeNow; scale: number }): JSX.Element {
  const words = `${node.id}: ${kw(node.load_kw)} of ${kw(node.limit_kw)}`;
  return (
    <div>
      <div class="tree-row">
        <b class="tree-name cut">{node.id}</b>
        <Bar value={node.load_kw} scale={scale} tick={node.limit_kw} label={words} />
        <span class="num">
          {number(node.load_kw)} of {kw(node.limit_kw)}
        </span>
      </div>
      <p class="small soft tree-phases num">
        {node.phases.map((one) => (
          <span key={one.phase}>
            {one.phase && `${one.phase} `}
            {one.load_a === null && "at most "}
            {node.kind === "cabinet" ? kw((one.load_a ?? one.worst_a ?? 0) / 1000) : amps(one.load_a ?? one.worst_a)}
            {node.kind !== "cabinet" && isReserved(one) && `, ${number(one.worst_a)} reserved,`}{" of "}
            {node.kind === "cabinet" ? kw((one.limit_a ?? one.rating_a) / 1000) : number(one.limit_a ?? one.rating_a, 0)}
          </span>
        ))}
      </p>
      {node.limit_owner !== null && node.limit_owner !== "the controller's safety margin" && <p class="small warm-text">{node.limit_owner}</p>}
    </div>
  );
}
