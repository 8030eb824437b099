// Policies: what rules, what is tried and with whom, what the guards say, and the way back.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../app";
import { ask, worded } from "../feed/api";
import { head, outlets } from "../feed/feed";
import { place } from "../router";
import { useAgain } from "../ui/again";
import { duration, kwh, moment, number, percent, plural } from "../ui/format";
import { Empty, Panel, Wrong } from "../ui/parts";
import { Explained } from "./whatif/explained";
import { Replay } from "./whatif/replay";

type Value = number | string;
interface Policy {
  name: string;
  architecture: string;
  parameters: Record<string, Value>;
}
interface Side {
  evses_count: number;
  vehicle_h: number;
  energy_kwh: number;
  kw_per_vehicle: number | null;
  changes_per_h: number | null;
  trips_per_h: number | null;
  visits_count: number;
  unmet_count: number;
}
interface Difference {
  parameter: string;
  before: Value | null;
  after: Value | null;
}
interface Guards {
  overload_s: number;
  trips_per_h: number;
  unmet_ratio: number;
  changes_per_h: number;
  least_visits_count: number;
  least_h: number;
}
interface Trial {
  policy: Policy;
  state: "shadow" | "canary" | "rolled_back" | "promoted" | "tripped" | "failed";
  is_open: boolean;
  begun: string | null;
  since: string | null;
  ended: string | null;
  why: string;
  by: string;
  steps_percent: number[];
  evses: string[];
  share_percent: number;
  guards: Guards;
  canary: Side;
  control: Side;
  shadow: { cycles_count: number; other_ratio: number | null; mean_kw: number | null };
  overload_s: number;
  needs_visits_count: number;
  differences: Difference[];
}
interface Policies {
  version: string;
  last: string;
  in_force: Policy;
  is_of_the_file: boolean;
  trial: Trial | null;
  parameters: Record<string, Value>;
  architectures: string[];
  explained: Record<string, string>;
}

const STEPS = [5, 25, 100];
const AGAIN_MS = 2_000;

export function Policies(): JSX.Element {
  const [told, setTold] = useState<Policies | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [said, setSaid] = useState("");

  const { wrong: unread, again } = useAgain(() => ask<Policies>("GET", "/api/v1/policies"), setTold, "", AGAIN_MS);
  async function act(method: string, path: string, body: unknown, done: string): Promise<void> {
    try {
      // Whoever takes it back may do so whatever it has become.
      await ask(method, path, body, undefined, method === "DELETE" ? undefined : told?.version);
      setSaid(done);
      setWrong(null);
    } catch (refused) {
      setSaid("");
      setWrong(worded(refused));
    }
    await again();
  }

  if (told === null) return <Panel title="Policies">{unread === null ? <Empty>Reading the policies…</Empty> : <Wrong text={unread} />}</Panel>;
  const { trial } = told;
  return (
    <>
      <Panel
        title="In force"
        aside={
          mayAct() && (
            <button type="button" class="danger" disabled={!trial?.is_open} onClick={() => void act("DELETE", "/api/v1/canary", undefined, "Rolled back: the policy in force rules all outlets again.")}>
              Roll back
            </button>
          )
        }
      >
        <p>
          <b>{told.in_force.name}</b> <span class="soft">({told.in_force.architecture}{told.is_of_the_file ? ", as the site's file tunes it" : ""})</span>
        </p>
        {told.last && <p class="small soft">Last change: {told.last}.</p>}
        <p role="status">{said}</p>
        <Wrong text={wrong ?? unread} />
      </Panel>
      {trial !== null && <TrialPanel trial={trial} inForce={told.in_force} act={act} />}
      {mayAct() && !trial?.is_open && <Begin policies={told} act={act} />}
    </>
  );
}

type Act = (method: string, path: string, body: unknown, done: string) => Promise<void>;

const STATE_WORDS: Record<Trial["state"], string> = {
  shadow: "In shadow: it decides about nothing",
  canary: "On trial",
  rolled_back: "Rolled back by an operator",
  promoted: "Promoted: it is in force now",
  tripped: "Rolled back by a guard",
  failed: "Rolled back after a failure",
};

function TrialPanel({ trial, inForce, act }: { trial: Trial; inForce: Policy; act: Act }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  const share = trial.state === "shadow" ? 0 : trial.share_percent;
  const next = STEPS.find((step) => step > share + 0.5);
  const step = (to: number): Promise<void> =>
    act("PUT", "/api/v1/canary", { policy: trial.policy, share_percent: to, guards: trial.guards }, `${trial.policy.name} rules ${to} % of the outlets now.`);
  return (
    <Panel title={`Candidate: ${trial.policy.name}`}>
      <p>
        <b>{STATE_WORDS[trial.state]}</b>
        {trial.since !== null && trial.is_open && ` for ${duration(now_ms - Date.parse(trial.since))}`}
        {trial.ended !== null && ` at ${moment(Date.parse(trial.ended), now_ms)}`}
      </p>
      {trial.why && <p class="note bad">{trial.why}.</p>}
      <StepBar share={share} taken={trial.steps_percent} isOpen={trial.is_open} />
      <p class="small soft">{trial.evses.length ? `Outlets: ${trial.evses.join(", ")}` : "No outlet: its proposals are only compared."}</p>
      {trial.is_open && mayAct() && (
        <div class="row">
          {next !== undefined && next < 100 && (
            <button type="button" class="main" onClick={() => void step(next)}>
              Next step: {next} %
            </button>
          )}
          {share >= 5 && (
            <button type="button" {...(next === 100 || next === undefined ? { class: "main" } : {})} onClick={() => void act("POST", "/api/v1/canary/promotion", undefined, `${trial.policy.name} is in force now.`)}>
              Promote to all
            </button>
          )}
          <button type="button" class="danger" onClick={() => void act("DELETE", "/api/v1/canary", undefined, "Rolled back: the policy in force rules all outlets again.")}>
            Roll back
          </button>
        </div>
      )}
      {trial.state === "shadow" ? <ShadowFacts trial={trial} /> : <Sides trial={trial} />}
      <Differences all={trial.differences} />
      <GuardFacts trial={trial} />
      {trial.is_open && mayAct() && <Replay candidate={() => trial.policy} inForce={inForce} />}
    </Panel>
  );
}

/** Which step a share of the outlets is: 0 is shadow. */
function stepOf(share: number): number {
  const found = STEPS.filter((step) => share + 0.5 >= step).length;
  return share > 0 ? Math.max(1, found) : 0;
}

/** What was skipped is not shown as reached. */
function StepBar({ share, taken, isOpen }: { share: number; taken: number[]; isOpen: boolean }): JSX.Element {
  const reached = new Set([...taken, share].map(stepOf));
  const now = stepOf(share);
  return (
    <ol class="steps" aria-label="Steps of the trial">
      {["Shadow", ...STEPS.map((step) => `${step} %`)].map((word, at) => {
        const isReached = isOpen && at <= now && reached.has(at);
        return (
          <li key={word} class={isReached ? "reached" : ""}>
            {word}
            {isReached && <span class="sr">{at === now ? " now" : " reached"}</span>}
          </li>
        );
      })}
    </ol>
  );
}

function ShadowFacts({ trial }: { trial: Trial }): JSX.Element {
  const { shadow } = trial;
  if (shadow.cycles_count === 0) return <Empty>No cycle has been compared yet.</Empty>;
  return (
    <p>
      In {plural(shadow.cycles_count, "cycle")} it would have given {percent(shadow.other_ratio)} of the vehicles another power, and{" "}
      {shadow.mean_kw !== null && shadow.mean_kw < 0 ? `${number(-shadow.mean_kw)} kW less` : `${number(shadow.mean_kw)} kW more`} in all.
    </p>
  );
}

function Sides({ trial }: { trial: Trial }): JSX.Element {
  const rows: [string, (side: Side) => string][] = [
    ["Outlets", (side) => number(side.evses_count, 0)],
    ["Vehicle-hours", (side) => number(side.vehicle_h)],
    ["Energy", (side) => kwh(side.energy_kwh)],
    ["Power of a vehicle", (side) => `${number(side.kw_per_vehicle)} kW`],
    ["Changes an hour and vehicle", (side) => number(side.changes_per_h)],
    ["Lowered by the envelope, an hour and vehicle", (side) => number(side.trips_per_h)],
    ["Visits that ended", (side) => number(side.visits_count, 0)],
    ["… left unmet", (side) => `${number(side.unmet_count, 0)}${side.visits_count ? ` (${percent(side.unmet_count / side.visits_count)})` : ""}`],
  ];
  return (
    <>
      <div class="wide" role="region" aria-label="Candidate beside the policy in force" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Counted since this step</th>
              <th class="num">Candidate</th>
              <th class="num">Others</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([word, value]) => (
              <tr key={word}>
                <td>{word}</td>
                <td class="num">{value(trial.canary)}</td>
                <td class="num">{value(trial.control)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Differences({ all }: { all: Difference[] }): JSX.Element {
  return (
    <>
      <h3>What is other than in force</h3>
      {all.length === 0 ? (
        <p class="soft">Nothing.</p>
      ) : (
        <ul class="plain">
          {all.map((one) => (
            <li key={one.parameter}>
              <span class="mono">{one.parameter}</span>: {String(one.before ?? "–")} → <b>{String(one.after ?? "–")}</b>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function GuardFacts({ trial }: { trial: Trial }): JSX.Element {
  const { guards } = trial;
  const isJudged = trial.is_open && trial.state === "canary";
  const lacks_h = guards.least_h - trial.canary.vehicle_h;
  const tooLittle = (lacks: boolean, words: string): JSX.Element | null => (isJudged && lacks ? <b class="soft">: too little data yet, needs {words}</b> : null);
  const hours = tooLittle(lacks_h > 0, `${number(Math.max(0.1, lacks_h))} more vehicle-hours`);
  return (
    <>
      <h3>Guards that roll it back</h3>
      <ul class="plain small">
        <li>
          A circuit over its rating for more than {number(guards.overload_s, 0)} s: {number(trial.overload_s, 0)} s so far
        </li>
        <li>
          Lowered by the envelope {number(guards.trips_per_h)} times an hour and vehicle more than others{hours}
        </li>
        <li>
          Limits changed {number(guards.changes_per_h)} times an hour and vehicle more than others{hours}
        </li>
        <li>
          {percent(guards.unmet_ratio)} more visits that leave unmet than others, from {plural(guards.least_visits_count, "visit")} on either side on
          {tooLittle(trial.needs_visits_count > 0, `about ${plural(trial.needs_visits_count, "more visit")} to end`)}
        </li>
        <li>A cycle that fails or takes too long</li>
      </ul>
    </>
  );
}

function Begin({ policies, act }: { policies: Policies; act: Act }): JSX.Element {
  const asked = place.value.query;
  const [architecture, setArchitecture] = useState(asked.get("architecture") ?? policies.architectures.find((one) => one !== policies.in_force.architecture) ?? "adaptive");
  const [name, setName] = useState(asked.get("name") ?? "");
  const [scope, setScope] = useState("shadow");
  const [own, setOwn] = useState<Record<string, string>>(Object.fromEntries([...asked].filter(([key]) => key in policies.parameters)));
  const [checked, setChecked] = useState<Difference[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const circuits = [...new Set(outlets.value.map((one) => one.node))];
  const policy = (): Policy => ({
    name: name.trim() || architecture,
    architecture,
    parameters: Object.fromEntries(Object.entries(own).filter(([, text]) => text.trim() !== "").map(([key, text]) => [key, Number.isFinite(Number(text)) ? Number(text) : text.trim()])),
  });
  async function check(): Promise<void> {
    try {
      setChecked(await ask<Difference[]>("POST", "/api/v1/policies/check", policy()));
      setWrong(null);
    } catch (refused) {
      setChecked(null);
      setWrong(worded(refused));
    }
  }
  function begin(): void {
    const where = scope === "shadow" ? {} : scope.startsWith("circuit:") ? { circuit: scope.slice(8) } : { share_percent: Number(scope) };
    void act("PUT", "/api/v1/canary", { policy: policy(), ...where }, scope === "shadow" ? "It runs in shadow now." : "It is on trial now. Roll back takes it off at once.");
  }
  return (
    <Panel title="Try another policy">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <div class="row">
          <label>
            Architecture
            <select value={architecture} onChange={(event) => setArchitecture(event.currentTarget.value)}>
              {policies.architectures.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <label>
            Name <input value={name} placeholder={architecture} maxLength={60} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <label>
            On
            <select value={scope} onChange={(event) => setScope(event.currentTarget.value)}>
              <option value="shadow">no outlet (shadow)</option>
              {STEPS.map((step) => (
                <option key={step} value={String(step)}>
                  {step} % of the outlets
                </option>
              ))}
              {circuits.map((one) => (
                <option key={one} value={`circuit:${one}`}>
                  all under {one}
                </option>
              ))}
            </select>
          </label>
        </div>
        <p class="small soft">{policies.explained[architecture]}</p>
        <Explained all={policies.explained} />
        <details>
          <summary>Parameters</summary>
          <div class="parameters">
            {Object.entries(policies.parameters).map(([key, value]) => (
              <label key={key}>
                <span class="mono grow">{key}</span>
                <input size={9} value={own[key] ?? ""} placeholder={String(value)} onInput={(event) => setOwn({ ...own, [key]: event.currentTarget.value })} />
              </label>
            ))}
          </div>
        </details>
        <div class="row">
          <button type="button" onClick={() => void check()}>
            Check
          </button>
          <button class="main">{scope === "shadow" ? "Begin in shadow" : "Begin the trial"}</button>
        </div>
        <Wrong text={wrong} />
        {checked !== null && (
          <div role="status" class="stack">
            <p>It can rule here.</p>
            <Differences all={checked} />
          </div>
        )}
      </form>
      <Replay candidate={policy} inForce={policies.in_force} />
    </Panel>
  );
}
