// How the site is set up and who may use it; the switches that a running site has; a file that is to be, checked.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../app";
import { ask, Refused } from "../feed/api";
import { head, link, role } from "../feed/feed";
import { moment } from "../ui/format";
import { Empty, Panel, Wrong } from "../ui/parts";
import { Architecture } from "./settings/architecture";
import { AuditList } from "./settings/audit";
import { Check } from "./settings/check";
import { Limits } from "./settings/limits";
import { Tariffs } from "./settings/tariffs";

interface Control {
  path: string;
  value: boolean | number | string;
  is_usual: boolean;
}
interface Told {
  name: string;
  time_zone: string;
  voltage_v: number;
  version: string;
  node: string;
  started_ms: number;
  circuits_count: number;
  evses_count: number;
  stations_count: number;
  tokens_count: number;
  is_free_vend: boolean;
  listeners: { host: string; port: number; security_profile: number }[];
  controls: Control[];
  keys: { id: string; role: string }[] | null;
}

const MAY: Record<string, string> = {
  driver: "see and state the need of its own sessions",
  viewer: "see everything and change nothing",
  operator: "see everything, give orders, switch policies, set limits, let stations in",
  admin: "all that an operator may, read who did what, check files, verify the journal",
};

export function Settings(): JSX.Element {
  const [told, setTold] = useState<Told | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    ask<Told>("GET", "/api/v1/settings")
      .then(setTold)
      .catch((refused: unknown) => setWrong(refused instanceof Refused ? refused.message : String(refused)));
  }, []);
  if (told === null) return wrong === null ? <Empty>Reading the settings…</Empty> : <Wrong text={wrong} />;
  return (
    <>
      <Me />
      <div class="columns">
        <Facts told={told} />
        {mayAct() && <Architecture />}
        <Tariffs />
        {told.keys !== null && <Keys keys={told.keys} />}
      </div>
      <Limits />
      <Controls controls={told.controls} />
      {role.value === "admin" && <Check />}
      {role.value === "admin" && <AuditList />}
    </>
  );
}

function Me(): JSX.Element {
  const [me, setMe] = useState<{ id: string; role: string } | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    ask<{ id: string; role: string }>("GET", "/api/v1/login")
      .then(setMe)
      .catch(() => undefined);
  }, []);
  async function leave(): Promise<void> {
    try {
      await ask("DELETE", "/api/v1/login");
      link.value = "refused";
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  const button = (
    <button type="button" onClick={() => void leave()}>
      Log out
    </button>
  );
  return (
    <Panel title="You" aside={button}>
      <p>
        {me === null ? "" : <>Logged in with the key <b>{me.id}</b>. </>}
        As {role.value} you may: {MAY[role.value] ?? "look around"}.
      </p>
      <Wrong text={wrong} />
    </Panel>
  );
}

function Facts({ told }: { told: Told }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <Panel title="Site">
      <dl class="facts">
        <dt>Name</dt>
        <dd>{told.name}</dd>
        <dt>Time zone</dt>
        <dd>{told.time_zone}</dd>
        <dt>Voltage</dt>
        <dd class="num">{told.voltage_v} V, phase to neutral</dd>
        <dt>Circuits, outlets</dt>
        <dd class="num">
          {told.circuits_count}, {told.evses_count}
        </dd>
        <dt>Stations</dt>
        <dd class="num">{told.stations_count}</dd>
        <dt>Who may charge</dt>
        <dd>{told.is_free_vend ? "everybody" : `${told.tokens_count} tokens of the list`}</dd>
        <dt>Stations connect to</dt>
        <dd class="mono">
          {told.listeners.map((one) => (
            <div key={`${one.host}:${one.port}`}>
              {one.host}:{one.port}, profile {one.security_profile}
            </div>
          ))}
        </dd>
        <dt>Runs since</dt>
        <dd class="num">{moment(told.started_ms, now_ms)}</dd>
        <dt>Version, node</dt>
        <dd>
          Voltloom {told.version}, {told.node}
        </dd>
      </dl>
      <p class="small soft">What stands in the site's file is changed there; <span class="mono">voltloom run</span> reads it when it starts.</p>
    </Panel>
  );
}

function Keys({ keys }: { keys: { id: string; role: string }[] }): JSX.Element {
  return (
    <Panel title="Keys">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th>May</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((one) => (
            <tr key={one.id}>
              <td class="mono">{one.id}</td>
              <td>{one.role}</td>
              <td class="small">{MAY[one.role]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="small soft">
        More under <span class="mono">[[api.key]]</span>; <span class="mono">voltloom secret</span> makes one.
      </p>
    </Panel>
  );
}

function Controls({ controls }: { controls: Control[] }): JSX.Element {
  const [all, setAll] = useState(false);
  const shown = controls.filter((one) => all || !one.is_usual);
  const aside = (
    <button type="button" aria-pressed={all} onClick={() => setAll(!all)}>
      Show all {controls.length}
    </button>
  );
  return (
    <Panel title="Control, as the site's file sets it" aside={aside}>
      {shown.length === 0 ? (
        <Empty>Nothing is other than usual.</Empty>
      ) : (
        <div class="wide" role="region" aria-label="Settings of control" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th>Path in the file</th>
                <th class="num">Value</th>
                <th>Usual</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <tr key={one.path}>
                  <td class="mono">{one.path}</td>
                  <td class="num">
                    <b>{typeof one.value === "number" ? Number(one.value.toPrecision(6)) : String(one.value)}</b>
                  </td>
                  <td class="small soft">{one.is_usual ? "as usual" : "changed"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="small soft">A policy may tune some of them for a while: see Policies.</p>
    </Panel>
  );
}
