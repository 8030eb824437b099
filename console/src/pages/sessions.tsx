// Visits: over time, and as a table of those that are over.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../feed/api";
import { head, outlets, plan, site } from "../feed/feed";
import { go, href, place } from "../router";
import { useAgain } from "../ui/again";
import { duration, kw, kwh, moment, number } from "../ui/format";
import { Choice, Empty, Panel, Wrong } from "../ui/parts";
import type { Bands, PlannedRow } from "./sessions/gantt";
import { Gantt, mostKw } from "./sessions/gantt";
import { lazily } from "../ui/lazily";

const OutletDrawer = lazily(() => import("./drawer").then((all) => all.OutletDrawer));

const HOUR_MS = 3_600_000;
const AHEAD: Record<Range, number> = { "2": 0.5, "8": 2, "24": 6 };
const AGAIN_MS = 5_000;
type Range = "2" | "8" | "24";

interface Closed {
  session_id: string;
  evse_id: string;
  start: string;
  stop: string;
  energy_wh: number | null;
  why: string;
  [key: string]: unknown;
}
interface PlanTold {
  steps: { start: string; end: string }[];
  vehicles: { evse: string; current_a: number[] }[];
}

export function Sessions(): JSX.Element {
  const range = (place.value.query.get("hours") as Range | null) ?? "8";
  const now_ms = head.value?.now_ms ?? 0;
  const hours = Number(range);
  const [bands, setBands] = useState<Bands | null>(null);
  const [planned, setPlanned] = useState<PlannedRow[]>([]);
  const [closed, setClosed] = useState<Closed[] | null>(null);
  const [only, setOnly] = useState("");

  function asked(): Promise<[Bands, Closed[], PlannedRow[]]> {
    const from = Math.round((head.value?.now_ms ?? 0) - hours * HOUR_MS);
    return Promise.all([
      ask<Bands>("GET", `/api/v1/bands?from=${Math.max(0, from)}&count=300`),
      ask<Closed[]>("GET", `/api/v1/sessions/closed?from=${encodeURIComponent(new Date(from).toISOString())}&count=500`),
      // A plan may end between what was heard of it and this.
      plan.value.length ? ask<PlanTold>("GET", "/api/v1/plan").then(plannedRows, () => []) : [],
    ]);
  }
  function take([bands, closed, planned]: [Bands, Closed[], PlannedRow[]]): void {
    setBands(bands);
    setClosed(closed);
    setPlanned(planned);
  }
  const { wrong } = useAgain(asked, take, range, AGAIN_MS);

  const shownBands = bands === null || !only ? bands : filtered(bands, only);
  const rows = (closed ?? []).filter((one) => !only || one.evse_id === only).reverse();
  return (
    <>
      <Panel
        title="Visits over time"
        aside={
          <div class="row">
            <label>
              Outlet
              <select value={only} onChange={(event) => setOnly(event.currentTarget.value)}>
                <option value="">all</option>
                {outlets.value.map((one) => (
                  <option key={one.id}>{one.id}</option>
                ))}
              </select>
            </label>
            <Choice<Range>
              name="Hours back"
              value={range}
              onChange={(value) => go(href("sessions", place.value.rest, { hours: value === "8" ? "" : value }), true)}
              of={[
                { value: "2", label: "2 h" },
                { value: "8", label: "8 h" },
                { value: "24", label: "24 h" },
              ]}
            />
          </div>
        }
      >
        <Wrong text={wrong} />
        {shownBands === null ? <Empty>Reading what outlets drew…</Empty> : <Gantt bands={shownBands} planned={planned} from_ms={now_ms - hours * HOUR_MS} until_ms={now_ms + AHEAD[range] * HOUR_MS} />}
        <p class="row small legend">
          <span>Height: power{shownBands !== null && `, up to ${kw(mostKw(shownBands, planned))}`}</span>
          <span>
            <i class="hatched" />
            plugged in, nothing flows
          </span>
          {planned.length > 0 && <span>dotted: planned</span>}
          <span>◆ departure, red where it will be late</span>
          {site.value && now_ms - hours * HOUR_MS < site.value.started_ms && <span class="soft">Curves begin with this run, at {moment(site.value.started_ms, now_ms)}.</span>}
        </p>
      </Panel>
      <Panel title="Visits that are over" aside={<Export rows={rows} />}>
        {closed !== null && rows.length === 0 && <Nearest only={only} hours={hours} />}
        {rows.length > 0 && (
          <div class="wide" role="region" aria-label="Visits that are over" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th>Outlet</th>
                  {["From", "To", "Stay", "Energy"].map((word) => (
                    <th key={word} class="num">
                      {word}
                    </th>
                  ))}
                  <th>Ended</th>
                </tr>
              </thead>
              <tbody>
                {rows.slice(0, 200).map((one) => (
                  <tr key={one.session_id}>
                    <td>
                      <a href={href("sessions", one.evse_id, { hours: range })}>{one.evse_id}</a>
                    </td>
                    <td class="num">{moment(Date.parse(one.start), now_ms)}</td>
                    <td class="num">{moment(Date.parse(one.stop), now_ms)}</td>
                    <td class="num">{duration(Date.parse(one.stop) - Date.parse(one.start))}</td>
                    <td class="num">{one.energy_wh === null ? "–" : kwh(one.energy_wh / 1000)}</td>
                    <td>{one.why.replaceAll("_", " ")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {rows.length > 200 && <p class="soft small">Shown are the newest 200 of {number(rows.length, 0)}; the export has all.</p>}
      </Panel>
      {place.value.rest && <OutletDrawer outlet={place.value.rest} onClose={() => go(href("sessions", "", { hours: range === "8" ? "" : range }))} />}
    </>
  );
}

function Nearest({ only, hours }: { only: string; hours: number }): JSX.Element {
  const [last, setLast] = useState<Closed | null>(null);
  const take = (all: Closed[]): void => setLast(all.filter((one) => !only || one.evse_id === only).at(-1) ?? null);
  useAgain(() => ask<Closed[]>("GET", "/api/v1/sessions/closed?count=1000"), take, `${only}/${hours}`, 0);
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <Empty>
      <p>No visit has ended in the last {hours} hours.</p>
      {last !== null && hours < 24 && (
        <a href={href("sessions", "", { hours: "24" })}>
          The newest one ended {moment(Date.parse(last.stop), now_ms)} on {last.evse_id}: show 24 hours
        </a>
      )}
      {last !== null && hours >= 24 && (
        <p>
          The newest one ended {moment(Date.parse(last.stop), now_ms)} on {last.evse_id}.
        </p>
      )}
    </Empty>
  );
}

function Export({ rows }: { rows: Closed[] }): JSX.Element | null {
  const first = rows[0];
  if (first === undefined) return null;
  const names = Object.keys(first).filter((name) => typeof first[name] !== "object" || first[name] === null);
  const quoted = (value: unknown): string => (value === null || value === undefined ? "" : /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const text = [names.join(","), ...rows.map((row) => names.map((name) => quoted(row[name])).join(","))].join("\n");
  return (
    <a class="button" download="sessions.csv" href={`data:text/csv;charset=utf-8,${encodeURIComponent(text)}`}>
      Export CSV
    </a>
  );
}

function filtered(bands: Bands, evse: string): Bands {
  const at = bands.evses.indexOf(evse);
  return { at_ms: bands.at_ms, evses: [evse], draws_kw: [bands.draws_kw[at] ?? []] };
}

function plannedRows(told: PlanTold): PlannedRow[] {
  const byId = new Map(outlets.value.map((one) => [one.id, one]));
  return told.vehicles.map((vehicle) => {
    const outlet = byId.get(vehicle.evse);
    const kwPerA = outlet?.draws_a && outlet.draws_kw ? outlet.draws_kw / outlet.draws_a : 0.23 * (outlet?.phases ?? 3);
    return {
      evse: vehicle.evse,
      steps: vehicle.current_a.map((current, at) => ({ from_ms: Date.parse(told.steps[at]?.start ?? ""), until_ms: Date.parse(told.steps[at]?.end ?? ""), kw: current * kwPerA })),
    };
  });
}
