// What-if: recorded days or a scenario under other policies, played beside the site.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../app";
import { ask } from "../feed/api";
import { go, href, place } from "../router";
import { Empty, Panel, Wrong } from "../ui/parts";
import { Asking, Presets } from "./whatif/asking";
import { Followed, said } from "./whatif/following";
import { Past } from "./whatif/list";
import { PATH } from "./whatif/shapes";
import type { Asked, Choices, Run } from "./whatif/shapes";

export function WhatIf(): JSX.Element {
  const open = place.value.rest;
  const [choices, setChoices] = useState<Choices | null>(null);
  const [runs, setRuns] = useState<Run[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  async function read(): Promise<void> {
    try {
      setRuns(await ask<Run[]>("GET", PATH));
      setChoices(await ask<Choices>("GET", `${PATH}/choices`));
      setWrong(null);
    } catch (refused) {
      setWrong(said(refused));
    }
  }
  async function begin(asked: Asked): Promise<void> {
    setBusy(true);
    try {
      const run = await ask<Run>("POST", PATH, asked);
      setWrong(null);
      go(href("what-if", run.id));
      await read();
    } catch (refused) {
      setWrong(said(refused));
    } finally {
      setBusy(false);
    }
  }
  useEffect(() => void read(), []);

  if (choices === null || runs === null) return <Panel title="What if…">{wrong === null ? <Empty>Reading what there is…</Empty> : <Wrong text={wrong} />}</Panel>;
  function gone(): void {
    setRuns((known) => known?.filter(({ id }) => id !== open) ?? null);
    go(href("what-if"), true);
    void read();
  }
  async function remove(id: string): Promise<void> {
    try {
      await ask("DELETE", `${PATH}/${id}`);
    } catch (refused) {
      setWrong(said(refused));
      return;
    }
    if (id === open) gone();
    else await read();
  }
  return (
    <>
      {mayAct() ? <Presets choices={choices} ask={(asked) => void begin(asked)} isBusy={isBusy} /> : <p class="note">Your key may look at runs; an operator's starts them.</p>}
      <Wrong text={wrong} />
      {open !== "" && <Followed key={open} id={open} onGone={gone} onChange={() => void read()} />}
      {mayAct() && <Asking choices={choices} ask={(asked) => void begin(asked)} isBusy={isBusy} />}
      <Past runs={runs} open={open} remove={(run) => void remove(run.id)} />
    </>
  );
}
