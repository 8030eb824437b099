// One run, followed until it is over: progress and cancel, the result, and what may be done with it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../../app";
import { ask, Refused } from "../../feed/api";
import { Empty, Panel, Wrong } from "../../ui/parts";
import { ResultView, Standing } from "./result";
import { faultWords, isOpen, PATH } from "./shapes";
import type { Run } from "./shapes";

const AGAIN_MS = 700;

export const said = (refused: unknown): string => (refused instanceof Refused ? refused.message : String(refused));

/** A run in a panel. onGone: it was cancelled or deleted; onChange: it is another than before for whoever lists it; isShort: without what leads on. */
export function Followed({ id, onGone, onChange, isShort = false }: { id: string; onGone: () => void; onChange?: () => void; isShort?: boolean }): JSX.Element {
  const [run, setRun] = useState<Run | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    let timer = 0;
    let isHere = true;
    async function read(): Promise<void> {
      try {
        const told = await ask<Run>("GET", `${PATH}/${id}`);
        if (!isHere) return;
        setRun(told);
        setWrong(null);
        if (isOpen(told)) timer = window.setTimeout(() => void read(), AGAIN_MS);
        else onChange?.();
      } catch (refused) {
        if (!isHere) return;
        setWrong(said(refused));
        if (refused instanceof Refused && refused.status === 404) setRun(null);
        else timer = window.setTimeout(() => void read(), 4 * AGAIN_MS);
      }
    }
    setRun(null);
    void read();
    return () => {
      isHere = false;
      window.clearTimeout(timer);
    };
  }, [id]);

  async function change(what: { is_saved?: boolean; title?: string }): Promise<void> {
    try {
      setRun(await ask<Run>("PUT", `${PATH}/${id}`, what));
      setWrong(null);
      onChange?.();
    } catch (refused) {
      setWrong(said(refused));
    }
  }
  async function remove(): Promise<void> {
    try {
      await ask("DELETE", `${PATH}/${id}`);
      onGone();
    } catch (refused) {
      setWrong(said(refused));
    }
  }
  if (run === null) return <Panel title="Run">{wrong === null ? <Empty>Reading the run…</Empty> : <Wrong text={wrong} />}</Panel>;
  return (
    <Panel title={run.title}>
      <div class="stack">
        <p class="small soft">
          {run.scenario ? `Scenario ${run.scenario}` : run.first_day === run.last_day ? run.first_day : `${run.first_day} to ${run.last_day}`} · {run.faults.map(faultWords).join(", ").toLowerCase()} · asked by {run.by}
          {run.took_s !== null && ` · took ${run.took_s} s`}
        </p>
        <div class="row">
          {run.papers.includes("report") && (
            <a class="button" href={`${PATH}/${id}/report`} download>
              Report (HTML)
            </a>
          )}
          {run.papers.includes("picture") && (
            <a class="button" href={`${PATH}/${id}/picture`} download>
              Picture (PNG)
            </a>
          )}
          {mayAct() && !isOpen(run) && (
            <button type="button" aria-pressed={run.is_saved} onClick={() => void change({ is_saved: !run.is_saved })}>
              {run.is_saved ? "Saved" : "Save"}
            </button>
          )}
          {mayAct() && (
            <button type="button" class="danger" onClick={() => void remove()}>
              {isOpen(run) ? "Cancel" : "Delete"}
            </button>
          )}
        </div>
        {mayAct() && !isOpen(run) && !isShort && <Renaming key={run.title} title={run.title} onDone={(title) => void change({ title, is_saved: true })} />}
        <Wrong text={wrong} />
        <Standing run={run} />
        {run.result !== null && <ResultView run={run} result={run.result} isShort={isShort} />}
      </div>
    </Panel>
  );
}

/** Gives a run another name, and saves it. */
function Renaming({ title, onDone }: { title: string; onDone: (title: string) => void }): JSX.Element {
  const [name, setName] = useState(title);
  const isNew = name.trim() !== "" && name.trim() !== title;
  return (
    <form
      class="row renaming"
      onSubmit={(event) => {
        event.preventDefault();
        if (isNew) onDone(name.trim());
      }}
    >
      <label class="grow">
        Name <input class="grow" maxLength={80} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <button disabled={!isNew}>Save under this name</button>
    </form>
  );
}
