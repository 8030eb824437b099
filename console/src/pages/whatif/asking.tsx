// What a what-if run is made of: days or a scenario, and who takes part.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { plural } from "../../ui/format";
import { Choice, Panel } from "../../ui/parts";
import { Explained } from "./explained";
import { faultWords, ownName } from "./shapes";
import type { Asked, Choices } from "./shapes";
import { asked, Sweeps, unreadable } from "./sweeping";
import type { Typed } from "./sweeping";

const THREE = ["sequential", "parallel", "adaptive"];
const KINDS = [
  { value: "days", label: "Recorded days" },
  { value: "scenario", label: "A shipped scenario" },
] as const;
type Kind = (typeof KINDS)[number]["value"];

const three = (): Asked["policies"] => THREE.map((architecture) => ({ architecture }));

/** The questions of every day, one click each. */
export function Presets({ choices, ask, isBusy }: { choices: Choices; ask: (asked: Asked) => void; isBusy: boolean }): JSX.Element {
  const has = (since: string): boolean => choices.days.some(({ day }) => day >= since);
  const today = has(choices.today);
  return (
    <Panel title="What if…">
      <div class="row">
        <button type="button" class="main" disabled={isBusy || !today} onClick={() => ask({ recorded_days_count: 1, title: `Today under all three`, policies: three() })}>
          Today under all three
        </button>
        <button type="button" disabled={isBusy || choices.days.length === 0} onClick={() => ask({ recorded_days_count: 7, title: "The last 7 days under all three", policies: three() })}>
          The last 7 days under all three
        </button>
      </div>
      <p class="small soft">
        {today ? "Today's visits so far are played again beside the site, which goes on undisturbed." : "No vehicle has come today yet. Choose other days below."}
      </p>
    </Panel>
  );
}

export function Asking({ choices, ask, isBusy }: { choices: Choices; ask: (asked: Asked) => void; isBusy: boolean }): JSX.Element {
  const newest = choices.days[0]?.day ?? choices.today;
  const [kind, setKind] = useState<Kind>(choices.days.length ? "days" : "scenario");
  const [first, setFirst] = useState(newest);
  const [last, setLast] = useState(newest);
  const [scenario, setScenario] = useState(choices.scenarios[0]?.name ?? "");
  const [chosen, setChosen] = useState<string[]>(THREE);
  const [withForce, setWithForce] = useState(false);
  const [title, setTitle] = useState("");
  const [levels, setLevels] = useState<string[]>(["none"]);
  const [typed, setTyped] = useState<Typed>({});
  const inForce = choices.in_force;
  const isOwn = ownName(inForce) !== "";
  const days = choices.days.filter(({ day }) => day >= first && day <= last);
  const visits = days.reduce((sum, one) => sum + one.visits_count, 0);

  const known = kind === "days" ? choices.faults : (choices.scenarios.find(({ name }) => name === scenario)?.faults ?? ["none"]);
  const faults = known.filter((level) => levels.includes(level));
  const count = chosen.length + Number(withForce);
  const odd = unreadable(choices.parameters, typed);
  const why =
    count === 0 || count > 6
      ? "Choose one to six."
      : faults.length === 0
        ? "Choose faults, or none."
        : kind === "days" && days.length === 0
          ? "Choose days with visits."
          : count < 2 && Object.keys(typed).length
            ? "One policy alone has no verdict that could flip: choose a second."
            : odd;

  function send(): void {
    const policies: Asked["policies"] = chosen.map((architecture) => ({ architecture }));
    if (withForce) policies.unshift({ architecture: inForce.architecture, name: ownName(inForce), parameters: inForce.parameters });
    const named = title.trim() ? { title: title.trim() } : {};
    ask({ ...named, ...(kind === "days" ? { first_day: first, last_day: last } : { scenario }), policies, faults, sensitivity: asked(choices.parameters, typed) });
  }
  const turned = (all: string[], name: string): string[] => (all.includes(name) ? all.filter((one) => one !== name) : [...all, name]);
  const toggle = (name: string): void => setChosen(turned(chosen, name));
  return (
    <Panel title="Ask something else">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (why === null) send();
        }}
      >
        <Choice name="What is played" of={KINDS} value={kind} onChange={setKind} />
        {kind === "days" ? (
          <div class="row">
            <label>
              From <input type="date" required max={choices.today} value={first} onInput={(event) => setFirst(event.currentTarget.value)} />
            </label>
            <label>
              to <input type="date" required min={first} max={choices.today} value={last} onInput={(event) => setLast(event.currentTarget.value)} />
            </label>
            <span class="soft" role="status">
              {days.length ? `${plural(visits, "visit")} on ${plural(days.length, "day")}` : "No visit is recorded then"}
              {choices.days.length > 0 && days.length === 0 && `; the newest day with one is ${newest}`}
            </span>
          </div>
        ) : (
          <label>
            Scenario
            <select value={scenario} onChange={(event) => setScenario(event.currentTarget.value)}>
              {choices.scenarios.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.title}
                </option>
              ))}
            </select>
          </label>
        )}
        <fieldset>
          <legend>Under</legend>
          <div class="ticks">
            {isOwn && (
              <label>
                <input type="checkbox" checked={withForce} onChange={() => setWithForce(!withForce)} /> {inForce.label} (in force)
              </label>
            )}
            {choices.architectures.map((name) => (
              <label key={name}>
                <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} /> {name}
                {!isOwn && name === inForce.label && " (in force)"}
              </label>
            ))}
          </div>
          <Explained all={choices.explained} />
        </fieldset>
        <fieldset>
          <legend>Faults</legend>
          <div class="ticks">
            {known.map((level) => (
              <label key={level}>
                <input type="checkbox" checked={levels.includes(level)} onChange={() => setLevels(turned(levels, level))} /> {faultWords(level)}
              </label>
            ))}
          </div>
          <p class="small soft">
            {kind === "days"
              ? "Mild: a station a day is offline for an hour. Severe: also meters that stand still, lost messages, a controller that crashes, a power cut. Each level is played."
              : "As the scenario's file has them. Each level is played."}
          </p>
        </fieldset>
        <Sweeps parameters={choices.parameters} typed={typed} onChange={setTyped} policiesCount={count} />
        <label>
          Name <input class="grow" maxLength={80} placeholder="for the list of runs" value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <div class="row">
          <button class="main" disabled={isBusy || why !== null}>
            Run
          </button>
          <span class="small soft" role="status">
            {why ?? "Other parameters: name a policy on the Policies page, and replay it there."}
          </span>
        </div>
      </form>
    </Panel>
  );
}
