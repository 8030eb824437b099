// A candidate policy against the one in force on the recorded last days: a what-if run shown where it was asked for.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../feed/api";
import { Wrong } from "../../ui/parts";
import { Followed, said } from "./following";
import { PATH } from "./shapes";
import type { Asked, Run, Value } from "./shapes";

interface Policy {
  name: string;
  architecture: string;
  parameters: Record<string, Value>;
}
const DAYS = 7;

const asked = (policy: Policy): Asked["policies"][number] => ({
  architecture: policy.architecture,
  parameters: policy.parameters,
  ...(policy.name === policy.architecture ? {} : { name: policy.name }),
});

export function Replay({ candidate, inForce }: { candidate: () => Policy; inForce: Policy }): JSX.Element {
  const [id, setId] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  async function begin(): Promise<void> {
    const policy = candidate();
    setBusy(true);
    try {
      const body: Asked = { recorded_days_count: DAYS, title: `${policy.name} against ${inForce.name}, the last ${DAYS} days`, policies: [asked(inForce), asked(policy)] };
      setId((await ask<Run>("POST", PATH, body)).id);
      setWrong(null);
    } catch (refused) {
      setWrong(said(refused));
    } finally {
      setBusy(false);
    }
  }
  return (
    <div class="stack">
      <div class="row">
        <button type="button" disabled={isBusy} onClick={() => void begin()}>
          Replay against the last {DAYS} days
        </button>
        <span class="small soft">Beside the site; nothing is changed by it.</span>
      </div>
      <Wrong text={wrong} />
      {id !== null && <Followed key={id} id={id} onGone={() => setId(null)} isShort />}
    </div>
  );
}
