// One station: what it is, what its outlets hold, what happened to it, and what it may be told.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../../app";
import { ask, onceKey, Refused } from "../../feed/api";
import { head } from "../../feed/feed";
import { go, href } from "../../router";
import { useAgain } from "../../ui/again";
import { amps, clockSeconds, day, moment, plural, UNKNOWN } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { Empty, Panel, Wrong } from "../../ui/parts";
import { Commands } from "./commands";
import { LinkWords } from "./parts";
import type { Happened, StationDetails } from "./words";
import { answerWords, nameOf, told, versionWord } from "./words";

type Done = (words: string) => Promise<void>;

export function OneStation(props: { id: string; station: StationDetails | undefined; onDone: Done }): JSX.Element {
  const { station } = props;
  const back = (
    <a class="button" href={href("stations")}>
      <Icon name="back" />
      All stations
    </a>
  );
  if (station === undefined)
    return (
      <Panel title={`Station ${props.id}`} aside={back}>
        <Empty>No station called {props.id} has outlets on this site.</Empty>
      </Panel>
    );
  return (
    <>
      <Panel title={`Station ${nameOf(station)}`} aside={back}>
        <Facts station={station} />
        {mayAct() && <Label station={station} onDone={props.onDone} />}
      </Panel>
      <Panel title="What its outlets hold">
        <Outlets station={station} />
      </Panel>
      <Timeline id={station.id} />
      <Commands station={station} />
      {mayAct() && <SendAway station={station} onDone={props.onDone} />}
    </>
  );
}

function Facts({ station }: { station: StationDetails }): JSX.Element {
  return (
    <dl class="facts">
      <dt>Link</dt>
      <dd>
        <LinkWords station={station} />
      </dd>
      <dt>Identity</dt>
      <dd class="mono">{station.id}</dd>
      <dt>Model</dt>
      <dd>{[station.vendor, station.model].filter(Boolean).join(" ") || "has not booted here yet"}</dd>
      <dt>Firmware, serial</dt>
      <dd>
        {station.firmware || UNKNOWN}, {station.serial || UNKNOWN}
      </dd>
      <dt>Protocol</dt>
      <dd>
        {versionWord(station.version)}
        {station.security_profile !== null && `, security profile ${station.security_profile}`}
        {station.least_profile !== null && ` (at least ${station.least_profile})`}
        {station.address && `, from ${station.address}`}
      </dd>
      <dt>Answers in</dt>
      <dd class="num">
        {answerWords(station)}
        {station.answers_count > 0 && <span class="soft"> (median and 95 % of its newest {plural(station.answers_count, "answer")})</span>}
      </dd>
    </dl>
  );
}

function Label({ station, onDone }: { station: StationDetails; onDone: Done }): JSX.Element {
  const [label, setLabel] = useState(station.label);
  const [wrong, setWrong] = useState<string | null>(null);
  async function save(): Promise<void> {
    try {
      await ask("PUT", `/api/v1/stations/${encodeURIComponent(station.id)}/label`, { label });
      setWrong(null);
      await onDone(`${station.id} is called ${label.trim() || "nothing else"} now.`);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label>
        Label <input maxLength={60} placeholder="such as Gate, left" value={label} onInput={(event) => setLabel(event.currentTarget.value)} />
      </label>
      <button disabled={label.trim() === station.label}>Save</button>
      <Wrong text={wrong} />
    </form>
  );
}

function Outlets({ station }: { station: StationDetails }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <div class="wide" role="region" aria-label="Outlets of this station" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th>Outlet</th>
            <th>State</th>
            <th class="num">May draw</th>
            <th>Limit</th>
            <th class="num">Ends</th>
            <th class="num">Reserved</th>
            <th class="num">Offline</th>
            <th class="num">Draws</th>
            <th class="num">At most</th>
          </tr>
        </thead>
        <tbody>
          {station.outlets.map((one) => (
            <tr key={one.evse}>
              <td>
                <a href={href("live", one.evse)}>{one.evse}</a>
              </td>
              <td>{one.state.replaceAll("_", " ")}</td>
              <td class="num">{amps(one.may_a)}</td>
              <td>{one.is_confirmed ? (one.is_followed ? "confirmed and kept" : "confirmed") : "not confirmed"}</td>
              <td class="num">{station.is_connected || one.is_confirmed ? moment(one.lease_ms, now_ms) : UNKNOWN}</td>
              <td class="num">{amps(one.reserved_a)}</td>
              <td class="num">{amps(one.offline_a)}</td>
              <td class="num">{amps(one.draws_a)}</td>
              <td class="num">{amps(one.most_a)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft small">Every limit is a lease. When it ends and no new one has come, the station falls back to its offline limit by itself; until then what is reserved is kept free for it.</p>
    </div>
  );
}

const ICONS: Record<Happened["kind"], string> = { link: "plug", reserved: "pause", fell_back: "back", limit: "decisions", alarm: "triangle", notice: "ring", command: "copy" };

function Timeline({ id }: { id: string }): JSX.Element {
  const [happened, setHappened] = useState<Happened[] | null>(null);
  const now_ms = head.value?.now_ms ?? 0;
  const { wrong } = useAgain(() => ask<Happened[]>("GET", `/api/v1/stations/${encodeURIComponent(id)}/timeline`), setHappened, id);
  const at = (at_ms: number | null): string => moment(at_ms, now_ms);
  return (
    <Panel title="What happened">
      <Wrong text={wrong} />
      {happened !== null && happened.length === 0 && <Empty>Nothing yet: it has not connected since this run began.</Empty>}
      <ol class="happened" aria-label="Newest first">
        {(happened ?? []).map((one, place) => {
          const { head: line, more } = told(one, at);
          return (
            <li key={`${one.at_ms}/${one.kind}/${one.what}/${one.evse ?? ""}/${place}`} class={`h-${one.kind} h-${one.what}`}>
              <span class="num small soft">
                {day(one.at_ms) === day(now_ms) ? "" : `${day(one.at_ms)} `}
                {clockSeconds(one.at_ms)}
              </span>
              <Icon name={one.kind === "link" && one.what === "disconnected" ? "crossed" : (ICONS[one.kind] ?? "ring")} />
              <span class="grow">
                <b>{line}</b>
                {more && <span class="small soft happened-more">{more}</span>}
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function SendAway({ station, onDone }: { station: StationDetails; onDone: Done }): JSX.Element {
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  async function reject(): Promise<void> {
    try {
      await ask("POST", `/api/v1/stations/${encodeURIComponent(station.id)}/rejection`, { reason }, onceKey());
      go(href("stations"));
      await onDone(`${station.id} is not let in any more. Its outlets are free for another station.`);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  return (
    <Panel title="Send it away">
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void reject();
        }}
      >
        <label class="grow">
          Why <input class="grow" required maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <button class="danger">Reject {nameOf(station)}</button>
      </form>
      <p class="soft small">Its link ends at once, it may not connect again, and its outlets become free for another station. It can be let come again from the list.</p>
      <Wrong text={wrong} />
    </Panel>
  );
}
