// Limits from outside: those in force and to come, a new one, and the way back.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../../app";
import { ask, onceKey, worded } from "../../feed/api";
import { head, nodes } from "../../feed/feed";
import { useAgain } from "../../ui/again";
import { moment, number } from "../../ui/format";
import { Empty, Panel, Wrong } from "../../ui/parts";

interface Limit {
  id: string;
  source: string;
  kind: string;
  circuit: string | null;
  limit_a: number | null;
  power_w: number | null;
  from: string | null;
  until: string;
  is_in_force: boolean;
  sentence: string;
}

const MINUTE_MS = 60_000;

export function Limits(): JSX.Element {
  const [limits, setLimits] = useState<Limit[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const now_ms = head.value?.now_ms ?? 0;
  const { wrong: unread, again } = useAgain(() => ask<Limit[]>("GET", "/api/v1/limits"), setLimits);
  async function tried(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      setWrong(null);
    } catch (refused) {
      setWrong(worded(refused));
    }
    await again();
  }
  return (
    <Panel title="Limits from outside">
      {limits !== null && limits.length === 0 && <Empty>None is in force or to come: the ratings of the site's plan hold.</Empty>}
      <ul class="happened">
        {(limits ?? []).map((one) => (
          <li key={`${one.source}/${one.id}`} class="row">
            <span class="grow">
              <b>{one.circuit ?? "Whole site"}</b> {one.limit_a === null ? `${number((one.power_w ?? 0) / 1000)} kW` : `${number(one.limit_a)} A on each phase`}
              {one.kind === "target" && " (target)"}
              <span class="happened-more small soft">
                {one.sentence} By {one.source.replaceAll("_", " ")}, “{one.id}”, {one.is_in_force ? "in force" : `from ${moment(one.from === null ? null : Date.parse(one.from), now_ms)}`}, until {moment(Date.parse(one.until), now_ms)}.
              </span>
            </span>
            {mayAct() && (
              <button type="button" onClick={() => void tried(() => ask("DELETE", `/api/v1/limits/${one.source}/${encodeURIComponent(one.id)}`))}>
                Withdraw
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayAct() && <Add onAdd={(body) => tried(() => ask("POST", "/api/v1/limits", body, onceKey()))} />}
      <Wrong text={wrong ?? unread} />
    </Panel>
  );
}

function Add({ onAdd }: { onAdd: (body: object) => Promise<void> }): JSX.Element {
  const [circuit, setCircuit] = useState("");
  const [value, setValue] = useState("");
  const [unit, setUnit] = useState("kW");
  const [minutes, setMinutes] = useState("60");
  const isCabinet = nodes.value.find((one) => one.id === circuit)?.kind === "cabinet";
  const asked = isCabinet ? "kW" : unit;
  function add(): void {
    const until = new Date((head.value?.now_ms ?? Date.now()) + Number(minutes) * MINUTE_MS).toISOString();
    const size = asked === "A" ? { limit_a: Number(value) } : { power_w: Number(value) * 1000 };
    void onAdd({ id: `console-${circuit || "site"}`.replace(/[^A-Za-z0-9._:-]/g, "-"), source: "operator", ...(circuit ? { circuit } : {}), ...size, until });
  }
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <label>
        Limit
        <select value={circuit} onChange={(event) => setCircuit(event.currentTarget.value)}>
          <option value="">the whole site</option>
          {nodes.value.map((one) => (
            <option key={one.id}>{one.id}</option>
          ))}
        </select>
      </label>
      <label>
        to <input type="number" required min="0" step="any" size={6} value={value} onInput={(event) => setValue(event.currentTarget.value)} />
      </label>
      <label>
        <span class="sr">Unit</span>
        <select value={asked} disabled={isCabinet} onChange={(event) => setUnit(event.currentTarget.value)}>
          <option>kW</option>
          <option value="A">A on each phase</option>
        </select>
      </label>
      <label>
        for <input type="number" required min="1" max="10080" size={5} value={minutes} onInput={(event) => setMinutes(event.currentTarget.value)} /> min
      </label>
      <button class="main">Set the limit</button>
    </form>
  );
}
