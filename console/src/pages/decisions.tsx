// Every change of a limit: what, why, from which inputs, what would lift it, and what another architecture would have given.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Refused } from "../feed/api";
import { changes, head, outlets, site } from "../feed/feed";
import type { Change } from "../feed/shapes";
import { go, href, place } from "../router";
import { amps, clockSeconds, duration, kw, moment, number } from "../ui/format";
import { Icon } from "../ui/icons";
import { Empty, Panel, Wrong } from "../ui/parts";
import { FailingNote } from "../ui/trust";
import { CAUSE_NAMES, causeWord, changeWords, circuitOf, isSeen, moveWords } from "../ui/words";

const PAGE_COUNT = 100;

export function Decisions(): JSX.Element {
  const { query } = place.value;
  const evse = query.get("evse") ?? "";
  const cause = query.get("cause") ?? "";
  const small = query.get("small") ?? "";
  const opened = Number(place.value.rest) || 0;
  const [older, setOlder] = useState<Change[]>([]);
  const [isEnd, setEnd] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const newest = changes.value.filter((one) => (!evse || one.evse === evse) && (!cause || one.cause === cause));
  const listed = [...newest, ...older.filter((one) => one.id < (newest.at(-1)?.id ?? Infinity))];
  const [alone, setAlone] = useState<Change | null>(null); // what the address names, where it is older than what is listed
  const all = alone === null || alone.id !== opened || listed.some((one) => one.id === opened) ? listed : [...listed, alone];
  const shown = small ? all : all.filter((one) => isSeen(one) || one.id === opened);
  const [isSought, setSought] = useState(false);

  useEffect(() => {
    if (opened === 0 || listed.some((one) => one.id === opened)) return;
    setSought(true);
    ask<Change[]>("GET", `/api/v1/changes?before=${opened + 1}&count=1`)
      .then(([found]) => setAlone(found?.id === opened ? found : null))
      .catch(() => setAlone(null)) // then the list's own request says what is wrong
      .finally(() => setSought(false));
  }, [opened]);

  useEffect(() => {
    setOlder([]);
    setEnd(false);
    void more(0);
  }, [evse, cause]);

  const of = useRef("");
  of.current = `${evse}/${cause}`;

  async function more(before: number): Promise<void> {
    const mine = of.current;
    const asked = new URLSearchParams({ before: String(before), evse, cause, count: String(PAGE_COUNT) });
    try {
      const found = await ask<Change[]>("GET", `/api/v1/changes?${asked.toString()}`);
      if (mine !== of.current) return; // it came late: another filter is shown by now
      setOlder((all) => (before === 0 ? found : [...all, ...found]));
      setEnd(found.length < PAGE_COUNT);
      setWrong(null);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  const filter = (changed: Record<string, string>): void => go(href("decisions", "", { evse, cause, small, ...changed }), true);
  const chosen = shown.find((one) => one.id === opened);
  return (
    <Panel
      title="Decisions"
      aside={
        <a class="button" href={`data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(shown.map((one) => one.record)))}`} download="decisions.json">
          Export {shown.length}
        </a>
      }
    >
      <FailingNote />
      <div class="row">
        <label>
          Outlet
          <select value={evse} onChange={(event) => filter({ evse: event.currentTarget.value })}>
            <option value="">all</option>
            {outlets.value.map((one) => (
              <option key={one.id}>{one.id}</option>
            ))}
          </select>
        </label>
        <label>
          Cause
          <select value={cause} onChange={(event) => filter({ cause: event.currentTarget.value })}>
            <option value="">all</option>
            {CAUSE_NAMES.map((name) => (
              <option key={name} value={name}>
                {causeWord(name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={!small} onChange={(event) => filter({ small: event.currentTarget.checked ? "" : "1" })} /> Leave out what is too small to see
        </label>
        {shown.length < all.length && <span class="small soft">{number(all.length - shown.length, 0)} left out</span>}
      </div>
      <Wrong text={wrong} />
      {opened > 0 && chosen === undefined && !isSought && shown.length > 0 && <p class="note warm">Decision {opened} is not among those of this run. <span class="mono">voltloom replay</span> shows every decision of the journal.</p>}
      {shown.length === 0 ? (
        <Empty>{evse || cause || all.length ? "No decision fits this filter since this run began." : "No limit has changed since this run began."}</Empty>
      ) : (
        <ol class="decisions">
          {shown.map((one) => (
            <Row key={one.id} change={one} isOpen={one.id === opened} query={{ evse, cause, small }} />
          ))}
        </ol>
      )}
      {isEnd ? (
        <p class="soft small">
          This run knows decisions since {moment(site.value?.started_ms, head.value?.now_ms ?? 0)}. What was decided before stands in the journal: <span class="mono">voltloom replay</span>.
        </p>
      ) : (
        listed.length > 0 && (
          <div>
            <button type="button" onClick={() => void more(listed.at(-1)?.id ?? 0)}>
              Show older
            </button>
          </div>
        )
      )}
    </Panel>
  );
}

function Row({ change, isOpen, query }: { change: Change; isOpen: boolean; query: Record<string, string> }): JSX.Element {
  return (
    <li id={`decision-${change.id}`} class={isOpen ? "open" : ""}>
      <a class="decision" href={href("decisions", isOpen ? "" : String(change.id), query)} aria-expanded={isOpen}>
        <span class="num soft">{clockSeconds(change.at_ms)}</span>
        <b>{change.evse}</b>
        <span class="num">{moveWords(change)}</span>
        <span class="cut">{changeWords(change)}</span>
      </a>
      {isOpen && <Details change={change} />}
    </li>
  );
}

interface Recorded {
  rule?: string;
  causer?: string;
  lifts_when?: string | null;
  architecture?: string;
  mode?: string;
  limit?: { node: string; phase: string; headroom_a: number | null } | null;
  inputs?: { oldest_age_s: number | null };
  imposed?: { sentence?: string } | null;
  planned?: { sentence?: string } | null;
}

export function Details({ change }: { change: Change }): JSX.Element {
  const record = change.record as Recorded;
  return (
    <div class="details">
      {change.sentence && <p>“{change.sentence}”</p>}
      <dl class="facts small">
        <dt>Limiting constraint</dt>
        <dd>{record.limit && circuitOf(change) !== null ? `${record.limit.node}${record.limit.phase ? `, phase ${record.limit.phase}` : ""}: ${amps(record.limit.headroom_a)} left under the new limits` : "no circuit: it follows from the outlet, the car or a rule"}</dd>
        <dt>Rule</dt>
        <dd>{record.rule}</dd>
        <dt>Decided by</dt>
        <dd>
          {record.architecture} ({record.mode === "chosen" ? "as chosen" : `fallback: ${record.mode ?? ""}`}); caused by the {record.causer}
        </dd>
        <dt>Oldest input</dt>
        <dd>{record.inputs?.oldest_age_s === null || record.inputs === undefined ? "unknown" : `${duration((record.inputs.oldest_age_s ?? 0) * 1000)} old`}</dd>
        {record.imposed?.sentence && (
          <>
            <dt>From outside</dt>
            <dd>{record.imposed.sentence}</dd>
          </>
        )}
        {record.planned?.sentence && (
          <>
            <dt>Plan</dt>
            <dd>{record.planned.sentence}</dd>
          </>
        )}
        <dt>Lifts when</dt>
        <dd>{record.lifts_when ?? "–"}</dd>
      </dl>
      <Instead change={change} />
      <div class="row small">
        <button type="button" onClick={() => void navigator.clipboard.writeText(location.origin + href("decisions", String(change.id)))}>
          <Icon name="copy" />
          Copy link
        </button>
        <a class="button" href={href("live", change.evse)}>
          Show {change.evse}
        </a>
      </div>
    </div>
  );
}

interface InsteadOf {
  architecture: string;
  current_a: number;
  cause: string;
  site_kw: number;
}

function Instead({ change }: { change: Change }): JSX.Element {
  const [found, setFound] = useState<InsteadOf[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    ask<InsteadOf[]>("GET", `/api/v1/changes/${change.id}/instead`).then(setFound, (refused: unknown) => setWrong(refused instanceof Refused ? refused.message : String(refused)));
  }, [change.id]);
  if (wrong !== null) return <p class="small soft">{wrong}</p>;
  if (found === null) return <p class="small soft">Asking the other architectures…</p>;
  return (
    <div class="wide" role="region" aria-label="Under other architectures" tabIndex={0}>
      <table class="small">
        <thead>
          <tr>
            <th>It would have wanted to give</th>
            <th class="num">{change.evse}</th>
            <th class="num">all outlets</th>
          </tr>
        </thead>
        <tbody>
          {found.map((one) => (
            <tr key={one.architecture}>
              <td>{one.architecture}</td>
              <td class="num">{amps(one.current_a)}</td>
              <td class="num">{kw(one.site_kw)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

