// What a station and the site said to each other: each CALL with its answer, repeated readings in one line, all of it as JSON.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, worded } from "../../feed/api";
import { head } from "../../feed/feed";
import { useAgain } from "../../ui/again";
import { clockSeconds, plural } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { Empty, Panel, Wrong } from "../../ui/parts";

const PAGE_COUNT = 60;

export interface Message {
  number: number;
  at_ms: number;
  answered_ms: number | null;
  by: "station" | "site";
  action: string;
  message_id: string;
  outcome: string;
  payload: unknown;
  answer: unknown;
}
export interface Told {
  messages: Message[];
  actions: string[];
  before: number | null;
}
interface Group {
  first: Message;
  others: Message[];
}

export function Messages({ station }: { station: string }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel
      title={`Messages of ${station}`}
      aside={
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Hide" : "Show"}
        </button>
      }
    >
      {isOpen ? <Listed station={station} /> : <p class="small soft">Each CALL with its answer since this run began. What the station said before stands in the journal.</p>}
    </Panel>
  );
}

function Listed({ station }: { station: string }): JSX.Element {
  const [told, setTold] = useState<Message[]>([]);
  const [actions, setActions] = useState<string[]>([]);
  const [action, setAction] = useState("");
  const [hasOlder, setOlder] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const [unread, setUnread] = useState<string | null>(null);
  const of = `${station}/${action}`;
  const shown = useRef(of);
  shown.current = of;
  function asked(before: number): Promise<Told> {
    const query = new URLSearchParams({ count: String(PAGE_COUNT), before: String(before), action });
    return ask<Told>("GET", `/api/v1/stations/${encodeURIComponent(station)}/messages?${query.toString()}`);
  }
  function take(found: Told): void {
    setTold((all) => joined(all, found.messages));
    setActions(found.actions);
    setOlder((had) => had || found.before !== null);
  }
  async function older(): Promise<void> {
    try {
      const found = await asked(told.at(-1)?.number ?? 0);
      if (shown.current !== of) return;
      setTold((all) => joined(all, found.messages));
      setOlder(found.before !== null);
      setUnread(null);
    } catch (refused) {
      setUnread(worded(refused));
    }
  }
  useEffect(() => {
    setTold([]);
    setOlder(false);
  }, [of]);
  const { wrong } = useAgain(() => asked(0), take, of);
  const groups = isWhole ? told.map((first) => ({ first, others: [] })) : grouped(told);
  return (
    <>
      <div class="row small">
        <label>
          Action
          <select value={action} onChange={(event) => setAction(event.currentTarget.value)}>
            <option value="">all</option>
            {actions.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={isWhole} onChange={(event) => setWhole(event.currentTarget.checked)} />
          Each reading
        </label>
        <Copied what={told} word={`Copy ${told.length} as JSON`} />
      </div>
      <Wrong text={wrong ?? unread} />
      {told.length === 0 && <Empty>Nothing was said yet since this run began.</Empty>}
      <ol class="messages small">
        {groups.map((one) => (
          <Row key={one.first.number} group={one} />
        ))}
      </ol>
      {hasOlder && (
        <button type="button" onClick={() => void older()}>
          Show older
        </button>
      )}
    </>
  );
}

function Row({ group }: { group: Group }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const { first, others } = group;
  const isWell = first.outcome === "answered";
  const status = isWell ? statusOf(first.answer) : first.outcome;
  const took_ms = first.answered_ms === null ? null : Math.round((first.answered_ms - first.at_ms) / (head.value?.speed_ratio || 1));
  return (
    <li>
      <button type="button" class="message" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="num soft">{clockSeconds(first.at_ms)}</span>
        <span class="soft">{first.by === "station" ? "from station" : "to station"}</span>
        <b class="cut">
          {first.action}
          {others.length > 0 && ` × ${others.length + 1}`}
        </b>
        <span class={`cut ${isWell || first.outcome === "waiting" ? "soft" : "bad-text"}`}>
          {status}
          {took_ms !== null && took_ms >= 0 && ` · ${took_ms} ms`}
        </span>
      </button>
      {isOpen && (
        <div class="details">
          {others.length > 0 && <p class="soft">The newest of {plural(others.length + 1, "message")} alike in a row; tick “Each reading” for all.</p>}
          <p class="soft">Sent, id {first.message_id}</p>
          <pre class="mono json" tabIndex={0}>{pretty(first.payload)}</pre>
          <p class="soft">{isWell ? "Answered" : first.outcome}</p>
          {first.answer !== null && <pre class="mono json" tabIndex={0}>{pretty(first.answer)}</pre>}
          <div class="row">
            <Copied what={[first, ...others]} word="Copy as JSON" />
          </div>
        </div>
      )}
    </li>
  );
}

function Copied(props: { what: Message[]; word: string }): JSX.Element {
  const [word, setWord] = useState<string | null>(null);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(pretty(props.what));
      setWord("Copied");
    } catch {
      setWord("The browser lets no page copy here");
    }
    window.setTimeout(() => setWord(null), 2_000);
  }
  return (
    <button type="button" onClick={() => void copy()}>
      <Icon name={word === "Copied" ? "check" : "copy"} />
      {word ?? props.word}
    </button>
  );
}

export const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

function statusOf(answer: unknown): string {
  const told = answer as { status?: unknown; idTagInfo?: { status?: unknown } } | null;
  const status = told?.status ?? told?.idTagInfo?.status;
  return typeof status === "string" ? status : "answered";
}

/** Messages whose neighbours of the same kind say little new stand as one. */
function grouped(messages: Message[]): Group[] {
  const found: Group[] = [];
  for (const one of messages) {
    const last = found.at(-1);
    const kind = repeats(one);
    if (kind !== null && last !== undefined && repeats(last.first) === kind && last.first.outcome === one.outcome) last.others.push(one);
    else found.push({ first: one, others: [] });
  }
  return found;
}

function repeats(one: Message): string | null {
  if (one.action === "MeterValues" || one.action === "Heartbeat") return one.action;
  const told = one.payload as { eventType?: unknown } | null;
  return one.action === "TransactionEvent" && told?.eventType === "Updated" ? one.action : null;
}

/** The newest first, each once, as it was told last: an answer may have come meanwhile. */
function joined(known: Message[], told: Message[]): Message[] {
  const by = new Map([...known, ...told].map((one) => [one.number, one]));
  return [...by.values()].sort((one, other) => other.number - one.number);
}
