// Outlets as cards under their feeder, as a table, or where they stand on the plan of the car park.
import type { JSX } from "preact";
import { head, nodes, outlets, site } from "../../feed/feed";
import type { OutletNow, VisitNow } from "../../feed/shapes";
import { go, href, place } from "../../router";
import { amps, duration, kw, kwh, moment, number } from "../../ui/format";
import { Icon, Look, lookColour } from "../../ui/icons";
import { lazily } from "../../ui/lazily";
import { Bar, Choice, Empty, Panel } from "../../ui/parts";
import { waitsFor } from "../../ui/words";
import { needsAttention } from "./attention";
import { LeftFor } from "./left";

const PlanView = lazily(() => import("./plan").then((all) => all.PlanView));
type Filter = "all" | "charging" | "attention";
type View = "cards" | "table" | "plan";

const hasPlan = (): boolean => (site.value?.standings.length ?? 0) > 0;
const isCharging = (one: OutletNow): boolean => one.look === "charging" || one.look === "feeding";

export function Outlets(): JSX.Element {
  const filter = (place.value.query.get("show") as Filter | null) ?? "all";
  const view = (place.value.query.get("as") as View | null) ?? "cards";
  const set = (query: Record<string, string>): void =>
    go(href("live", place.value.rest, { show: filter === "all" ? "" : filter, as: view === "cards" ? "" : view, ...query }), true);
  const shown = outlets.value.filter((one) => filter === "all" || (filter === "charging" ? isCharging(one) : needsAttention(one)));
  const aside = (
    <div class="row">
      <Choice<Filter>
        name="Show"
        value={filter}
        onChange={(value) => set({ show: value === "all" ? "" : value })}
        of={[
          { value: "all", label: "All" },
          { value: "charging", label: "Charging" },
          { value: "attention", label: `Needs attention ${outlets.value.filter(needsAttention).length}` },
        ]}
      />
      <Choice<View>
        name="As"
        value={view}
        onChange={(value) => set({ as: value === "cards" ? "" : value })}
        of={[
          { value: "cards", label: "Cards" },
          { value: "table", label: "Table" },
          ...(hasPlan() ? [{ value: "plan" as const, label: "Plan" }] : []),
        ]}
      />
    </div>
  );
  return (
    <Panel title="Stations" aside={aside}>
      {head.value?.connected_count === 0 && <NoStations />}
      {shown.length === 0 && <Empty>{filter === "attention" ? "Nothing needs attention." : "No outlet is charging now."}</Empty>}
      {view === "table" ? <Table shown={shown} /> : view === "plan" ? <PlanView shown={shown} /> : <Cards shown={shown} />}
    </Panel>
  );
}

function NoStations(): JSX.Element {
  const url = site.value?.stations_url ?? "";
  return (
    <Empty>
      <p>
        No station has connected. Point one at <b class="mono">{url}</b>
      </p>
      <div class="row">
        <button type="button" onClick={() => void navigator.clipboard.writeText(url)}>
          <Icon name="copy" />
          Copy the address
        </button>
      </div>
      <p class="small">To see a site at work without stations, run <span class="mono">voltloom demo</span>.</p>
    </Empty>
  );
}

function Cards({ shown }: { shown: OutletNow[] }): JSX.Element {
  const circuits = [...new Set(shown.map((one) => one.node))];
  return (
    <div class="stack">
      {circuits.map((circuit) => {
        const node = nodes.value.find((one) => one.id === circuit);
        return (
          <section key={circuit} class="feeder">
            <div class="feeder-head">
              <h3>{circuit}</h3>
              {node && <Bar value={node.load_kw} scale={node.rating_kw ?? 1} tick={node.limit_kw} label={`${circuit}: ${kw(node.load_kw)} of ${kw(node.limit_kw)}`} />}
              {node && (
                <span class="num small">
                  {number(node.load_kw)} of {kw(node.limit_kw)}
                </span>
              )}
            </div>
            <LeftFor outlets={shown.filter((one) => one.node === circuit)} />
            <div class="cards">
              {shown
                .filter((one) => one.node === circuit)
                .map((one) => (
                  <Card key={one.id} outlet={one} />
                ))}
            </div>
          </section>
        );
      })}
    </div>
  );
}

function Card({ outlet }: { outlet: OutletNow }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  const { visit } = outlet;
  const waits = waitsFor(outlet);
  const age_ms = outlet.sampled_ms === null ? null : now_ms - outlet.sampled_ms;
  return (
    <a class={`card ${outlet.look === "offline" ? "gone" : ""}`} href={href("live", outlet.id)} style={{ borderLeftColor: lookColour(outlet.look) }}>
      <span class="row">
        <b class="grow">{outlet.id}</b>
        <Look look={outlet.look} />
      </span>
      <span class="row fades">
        <span class="big">{kw(outlet.draws_kw)}</span>
        {outlet.is_canary && <span class="tag">canary</span>}
      </span>
      {visit !== null && <Bar value={outlet.draws_a} scale={outlet.most_a} tick={Math.abs(outlet.may_a)} label={`${outlet.id} draws ${amps(outlet.draws_a)} of ${amps(outlet.may_a)}`} colour={lookColour(outlet.look)} />}
      {visit !== null && (
        <span class="small num fades">
          {number(outlet.draws_a)} of {amps(outlet.may_a)} · {outlet.phases} ph · {energyWords(visit)}
        </span>
      )}
      {visit !== null && <Times outlet={outlet} />}
      {waits !== null && <span class="small">{waits}</span>}
      {outlet.look === "offline" && <span class="small">{age_ms === null ? "never heard of" : `last word ${duration(age_ms)} ago`}</span>}
    </a>
  );
}

const energyWords = (visit: VisitNow): string => (visit.need_kwh === null ? `${kwh(visit.energy_kwh)}, need unknown` : `${number(visit.energy_kwh)} of ${kwh(visit.need_kwh)}`);

function Times({ outlet }: { outlet: OutletNow }): JSX.Element {
  const { visit } = outlet;
  const now_ms = head.value?.now_ms ?? 0;
  if (visit === null) return <span />;
  return (
    <span class="small">
      {visit.queue_place !== null && <>place {visit.queue_place} in the queue · </>}
      {visit.done_ms !== null && <>done {moment(visit.done_ms, now_ms)} · </>}
      {visit.departs_ms === null ? "departure unknown" : `${visit.departs_ms < now_ms ? "was to leave" : "leaves"} ${moment(visit.departs_ms, now_ms)}`}
      <Late visit={visit} />
    </span>
  );
}

function Late({ visit }: { visit: VisitNow }): JSX.Element | null {
  if (visit.late_min <= 0 && visit.short_kwh === null) return null;
  return (
    <b class="late">
      <Icon name="clock" />
      {visit.late_min > 0 ? `late by ${duration(visit.late_min * 60_000)}` : `will lack ${kwh(visit.short_kwh)}`}
    </b>
  );
}

function Table({ shown }: { shown: OutletNow[] }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <div class="wide" role="region" aria-label="Outlets" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th>Outlet</th>
            <th>State</th>
            {["Power", "Draws", "May draw", "Energy", "Done", "Leaves"].map((word) => (
              <th key={word} class="num">
                {word}
              </th>
            ))}
            <th>Promise</th>
            <th>Circuit</th>
          </tr>
        </thead>
        <tbody class="fades">
          {shown.map((one) => (
            <tr key={one.id}>
              <td>
                <a href={href("live", one.id)}>{one.id}</a>
              </td>
              <td>
                <Look look={one.look} />
                <div class="small soft">{waitsFor(one)}</div>
              </td>
              <td class="num">{kw(one.draws_kw)}</td>
              <td class="num">{amps(one.draws_a)}</td>
              <td class="num">{one.visit ? amps(one.may_a) : "–"}</td>
              <td class="num">{one.visit ? energyWords(one.visit) : "–"}</td>
              <td class="num">{moment(one.visit?.done_ms, now_ms)}</td>
              <td class="num">{moment(one.visit?.departs_ms, now_ms)}</td>
              <td>{one.visit && <Late visit={one.visit} />}</td>
              <td>{one.node}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
