// Who did what over the interface, from the journal.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../feed/api";
import { head } from "../../feed/feed";
import { useAgain } from "../../ui/again";
import { moment } from "../../ui/format";
import { Empty, Panel, Wrong } from "../../ui/parts";

interface Deed {
  seq: number;
  time: string;
  by: string;
  role: string;
  action: string;
  target: string;
  before: string;
  after: string;
}

export function AuditList(): JSX.Element {
  const [deeds, setDeeds] = useState<Deed[] | null>(null);
  const [count, setCount] = useState(20);
  const now_ms = head.value?.now_ms ?? 0;
  const { wrong } = useAgain(() => ask<Deed[]>("GET", `/api/v1/audit?count=${count}`), setDeeds, count);
  const aside = count < 200 && (deeds?.length ?? 0) >= count && (
    <button type="button" onClick={() => setCount(200)}>
      Show 200
    </button>
  );
  return (
    <Panel title="Who did what" aside={aside}>
      <Wrong text={wrong} />
      {deeds !== null && deeds.length === 0 && <Empty>Nobody has changed anything over the interface yet.</Empty>}
      {deeds !== null && deeds.length > 0 && (
        <div class="wide" role="region" aria-label="Who did what" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th>When</th>
                <th>Who</th>
                <th>What</th>
                <th>To</th>
                <th>Before → after</th>
              </tr>
            </thead>
            <tbody>
              {deeds.map((one) => (
                <tr key={one.seq}>
                  <td class="num">{moment(Date.parse(one.time), now_ms)}</td>
                  <td>
                    {one.by} <span class="small soft">{one.role}</span>
                  </td>
                  <td>{one.action.replaceAll("_", " ")}</td>
                  <td>{one.target}</td>
                  <td class="small">{[one.before, one.after].filter(Boolean).join(" → ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
