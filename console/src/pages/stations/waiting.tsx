// Stations that wait for an operator's word, and those that were sent away.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../../app";
import { ask, onceKey, Refused } from "../../feed/api";
import { head } from "../../feed/feed";
import { moment } from "../../ui/format";
import { Panel, Wrong } from "../../ui/parts";
import type { Parked, RejectedStation } from "./words";
import { versionWord } from "./words";

type Done = (words: string) => Promise<void>;

export function Waiting({ parked, free, onDone }: { parked: Parked[]; free: string[]; onDone: Done }): JSX.Element {
  return (
    <Panel title={`Waiting for your word (${parked.length})`}>
      <ul class="happened">
        {parked.map((one) => (
          <li key={one.id} class="stack">
            <One parked={one} free={free} onDone={onDone} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function One({ parked, free, onDone }: { parked: Parked; free: string[]; onDone: Done }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  const [chosen, setChosen] = useState<string[]>([]);
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  async function say(path: string, body: object, done: string): Promise<void> {
    try {
      await ask("POST", path, body, onceKey());
      await onDone(done);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  const id = encodeURIComponent(parked.id);
  const turned = (name: string): void => setChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return (
    <>
      <div class="row">
        <b class="grow">{parked.id}</b>
        <span class="small soft">
          {[parked.vendor, parked.model].filter(Boolean).join(" ") || "told nothing of itself"} · {versionWord(parked.version)} · profile {parked.security_profile} · from {parked.address} ·{" "}
          {parked.is_connected ? "here now" : `gone since ${moment(Date.parse(parked.last_seen), now_ms)}`}
        </span>
      </div>
      {mayAct() && (
        <>
          <fieldset>
            <legend>Its outlets, in the order of its numbers</legend>
            {free.length === 0 && <p class="soft">Every outlet has a station. Reject another one first, or add outlets to the site's file.</p>}
            <div class="row">
              {free.map((name) => (
                <label key={name}>
                  <input type="checkbox" checked={chosen.includes(name)} onChange={() => turned(name)} />
                  {name}
                  {chosen.includes(name) && <span class="small soft">no. {chosen.indexOf(name) + 1}</span>}
                </label>
              ))}
            </div>
          </fieldset>
          <div class="row">
            <button
              type="button"
              class="main"
              disabled={chosen.length === 0}
              onClick={() => void say(`/api/v1/stations/parked/${id}/approval`, { evses: chosen, mark: parked.mark }, `${parked.id} takes part at ${chosen.join(", ")}.`)}
            >
              Let it in{chosen.length ? ` at ${chosen.join(", ")}` : ""}
            </button>
            <label class="grow">
              Why not <input class="grow" maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
            </label>
            <button type="button" class="danger" onClick={() => void say(`/api/v1/stations/${id}/rejection`, { reason }, `${parked.id} is not let in.`)}>
              Reject
            </button>
          </div>
        </>
      )}
      <Wrong text={wrong} />
    </>
  );
}

export function Rejected({ rejected, onDone }: { rejected: RejectedStation[]; onDone: Done }): JSX.Element {
  const [wrong, setWrong] = useState<string | null>(null);
  async function readmit(id: string): Promise<void> {
    try {
      await ask("POST", `/api/v1/stations/${encodeURIComponent(id)}/readmission`);
      setWrong(null);
      await onDone(`${id} may come again.`);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  return (
    <Panel title={`Rejected (${rejected.length})`}>
      <ul class="happened">
        {rejected.map((one) => (
          <li key={one.id} class="row">
            <b>{one.id}</b>
            <span class="grow soft small">
              {one.reason || "no reason given"}
              {one.by && `, by ${one.by}`}
            </span>
            {mayAct() && (
              <button type="button" onClick={() => void readmit(one.id)}>
                Let it come again
              </button>
            )}
          </li>
        ))}
      </ul>
      <Wrong text={wrong} />
    </Panel>
  );
}
