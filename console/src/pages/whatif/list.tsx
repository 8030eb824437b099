// Past runs, the newest first, each with its verdict.
import type { JSX } from "preact";
import { head } from "../../feed/feed";
import { href } from "../../router";
import { mayAct } from "../../app";
import { moment } from "../../ui/format";
import { Empty, Panel } from "../../ui/parts";
import { isOpen } from "./shapes";
import type { Run } from "./shapes";

const STATES: Record<Run["state"], string> = { waiting: "Waits", running: "Is played", done: "Done", failed: "Failed", cancelled: "Cancelled" };

export function Past({ runs, open, remove }: { runs: Run[]; open: string; remove: (run: Run) => void }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <Panel title="Runs">
      {runs.length === 0 ? (
        <Empty>Nothing has been asked yet. The newest 40 runs are kept, saved ones before others.</Empty>
      ) : (
        <ul class="runs">
          {runs.map((run) => (
            <li key={run.id}>
              <a class="grow" href={href("what-if", run.id)} {...(run.id === open ? { "aria-current": "true" as const } : {})}>
                <span class="row">
                  <b class="grow">{run.title}</b>
                  {run.is_saved && <span class="small">Saved</span>}
                  <span class="small soft num">{moment(Date.parse(run.asked), now_ms)}</span>
                </span>
                <span class="small">{run.headline || (run.failure ? `Failed: ${run.failure.why}` : STATES[run.state])}</span>
              </a>
              {mayAct() && (
                <button type="button" class="danger" onClick={() => remove(run)}>
                  {isOpen(run) ? "Cancel" : "Delete"} <span class="sr">{run.title}</span>
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
