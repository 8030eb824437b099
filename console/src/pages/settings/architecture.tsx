// Which architecture rules, and what came of a switch.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Refused, worded } from "../../feed/api";
import { changes, head } from "../../feed/feed";
import { href } from "../../router";
import { clockSeconds, plural } from "../../ui/format";
import { Panel, Wrong } from "../../ui/parts";

interface Standing {
  architecture: string;
  before: string;
  choices: string[];
  version: string;
}
interface Switch {
  from: string;
  to: string;
  at_ms: number;
  /** The newest change before it. */
  last_id: number;
}

export function Architecture(): JSX.Element {
  const [standing, setStanding] = useState<Standing | null>(null);
  const [chosen, setChosen] = useState("");
  const [made, setMade] = useState<Switch | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const now = head.value?.architecture ?? standing?.architecture ?? "";
  async function read(): Promise<Standing> {
    const told = await ask<Standing>("GET", "/api/v1/architecture");
    setStanding(told);
    return told;
  }
  useEffect(() => {
    read()
      .then((told) => setChosen(told.architecture))
      .catch((refused: unknown) => setWrong(worded(refused)));
  }, []);
  async function choose(): Promise<void> {
    const last_id = changes.value[0]?.id ?? 0;
    try {
      const told = await ask<Standing>("PUT", "/api/v1/architecture", { architecture: chosen }, undefined, standing?.version);
      setStanding(told);
      setMade({ from: told.before, to: told.architecture, at_ms: head.value?.now_ms ?? 0, last_id });
      setWrong(null);
    } catch (refused) {
      setWrong(worded(refused));
      if (refused instanceof Refused && refused.status === 409) await read().catch(() => undefined);
    }
  }
  return (
    <Panel title="Architecture">
      <p>
        <b>{now}</b> rules now. No session ends by a switch; limits move in the next cycles.
      </p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void choose();
        }}
      >
        <label>
          Switch to
          <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {(standing?.choices ?? []).map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <button disabled={chosen === now || chosen === ""}>Switch</button>
      </form>
      <p class="small soft">
        To try one on a part of the outlets first, use <a href={href("policies")}>Policies</a>.
      </p>
      {made !== null && <Effect made={made} now={now} />}
      <Wrong text={wrong} />
    </Panel>
  );
}

function Effect({ made, now }: { made: Switch; now: string }): JSX.Element {
  const after = changes.value.filter((one) => one.id > made.last_id);
  const up = after.filter((one) => one.after_a > one.before_a).length;
  return (
    <p class="note" role="status">
      {clockSeconds(made.at_ms)}: {made.from} → {made.to}. {now === made.to ? "It rules." : "It rules from the next cycle on."}{" "}
      {after.length === 0 ? "No limit has changed since." : `${plural(after.length, "limit")} changed since: ${up} up, ${after.length - up} down.`}
    </p>
  );
}
