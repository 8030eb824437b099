// The newest changes of power with their causes: changes of one moment and one cause stand together.
import type { JSX } from "preact";
import { changes } from "../../feed/feed";
import type { Change } from "../../feed/shapes";
import { href } from "../../router";
import { clockSeconds, plural } from "../../ui/format";
import { Empty, Panel } from "../../ui/parts";
import { FailingNote } from "../../ui/trust";
import { boostedOf, circuitOf, isSeen, moveWords, reasonWords } from "../../ui/words";

const SHOWN = 8;

export function WhyChanged(): JSX.Element {
  const groups = grouped(changes.value.slice(0, 120).filter(isSeen)).slice(0, SHOWN);
  return (
    <Panel title="Why did power change?" aside={<a href={href("decisions")}>All decisions</a>}>
      <FailingNote />
      {groups.length === 0 && <Empty>No limit has changed since this run began.</Empty>}
      <ol class="why">
        {groups.map((group) => {
          const first = group[0];
          if (first === undefined) return null;
          return (
            <li key={first.id}>
              <span class="num soft">{clockSeconds(first.at_ms)}</span>
              <div class="grow">
                {group.length === 1 ? (
                  <p>
                    <a href={href("live", first.evse)}>
                      <b>{first.evse}</b>
                    </a>{" "}
                    <span class="num">{moveWords(first)}</span>
                  </p>
                ) : (
                  <p>
                    <b>{plural(group.length, "outlet")}</b> <span class="soft">{names(group)}</span>
                  </p>
                )}
                <p class="small">
                  {reasonWords(first.cause, boostedOf(first), first.after_a < first.before_a)}
                  {circuitOf(first) !== null && (
                    <>
                      {" "}
                      · <b>{circuitOf(first)}</b> is full
                    </>
                  )}
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function names(group: Change[]): string {
  const ids = group.map((one) => one.evse);
  return ids.length > 4 ? `${ids.slice(0, 4).join(", ")}, …` : ids.join(", ");
}

function grouped(all: Change[]): Change[][] {
  const groups: Change[][] = [];
  for (const change of all) {
    const found = groups.find(([first]) => first !== undefined && first.at_ms === change.at_ms && first.cause === change.cause && circuitOf(first) === circuitOf(change));
    if (found) found.push(change);
    else groups.push([change]);
  }
  return groups;
}
