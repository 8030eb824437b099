// What was decided about one outlet, the newest first.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, worded } from "../../feed/api";
import { changes } from "../../feed/feed";
import type { Change } from "../../feed/shapes";
import { href } from "../../router";
import { clockSeconds, plural } from "../../ui/format";
import { Empty, Panel, Wrong } from "../../ui/parts";
import { FailingNote } from "../../ui/trust";
import { changeWords, isSeen, moveWords } from "../../ui/words";
import { Details } from "../decisions";

const SHOWN_COUNT = 12;
const ASKED_COUNT = 60; // some of which cannot be seen

export function OutletDecisions({ outlet }: { outlet: string }): JSX.Element {
  const [older, setOlder] = useState<Change[]>([]);
  const [opened, setOpened] = useState(0);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    const asked = new URLSearchParams({ evse: outlet, count: String(ASKED_COUNT) });
    ask<Change[]>("GET", `/api/v1/changes?${asked.toString()}`).then(setOlder, (refused: unknown) => setWrong(worded(refused)));
  }, [outlet]);
  const newest = changes.value.filter((one) => one.evse === outlet);
  const known = [...newest, ...older.filter((one) => one.id < (newest.at(-1)?.id ?? Infinity))];
  const shown = known.filter(isSeen).slice(0, SHOWN_COUNT);
  const small = known.filter((one) => !isSeen(one) && one.id > (shown.at(-1)?.id ?? 0)).length;
  return (
    <Panel
      title="Decisions"
      aside={
        <a class="small" href={href("decisions", "", { evse: outlet })}>
          All of {outlet}
        </a>
      }
    >
      <FailingNote />
      <Wrong text={wrong} />
      {shown.length === 0 && <Empty>The limit of this outlet has not changed since this run began.</Empty>}
      <ol class="decisions">
        {shown.map((one) => (
          <li key={one.id} class={one.id === opened ? "open" : ""}>
            <button type="button" class="decision" aria-expanded={one.id === opened} onClick={() => setOpened(one.id === opened ? 0 : one.id)}>
              <span class="num soft">{clockSeconds(one.at_ms)}</span>
              <span class="num">{moveWords(one)}</span>
              <span class="cut">{changeWords(one)}</span>
            </button>
            {one.id === opened && <Details change={one} />}
          </li>
        ))}
      </ol>
      {small > 0 && (
        <p class="small soft">
          {plural(small, "change")} too small to see left out: <a href={href("decisions", "", { evse: outlet, small: "1" })}>show all</a>
        </p>
      )}
    </Panel>
  );
}
