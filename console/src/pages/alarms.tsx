// What is wrong, what that does, and what to do; each thing once however often it was told. What lasts first, then what is over.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../app";
import { ask, Refused } from "../feed/api";
import { alarms, head, outlets, site } from "../feed/feed";
import type { AlarmNow } from "../feed/shapes";
import { href } from "../router";
import { moment, plural } from "../ui/format";
import { Icon } from "../ui/icons";
import { Empty, Panel, Wrong } from "../ui/parts";

const RANK: Record<string, number> = { critical: 0, warning: 1, notice: 2 };
const HOUR_MS = 3_600_000;

export function Alarms(): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  const isQuiet = (one: AlarmNow): boolean => one.acknowledged_by !== null || (one.muted_until_ms ?? 0) > now_ms;
  const open = alarms.value.filter((one) => !isQuiet(one) && one.state !== "over").sort((one, other) => (RANK[one.severity] ?? 3) - (RANK[other.severity] ?? 3) || other.last_ms - one.last_ms);
  const lasting = open.filter((one) => one.state === "active").length;
  const over = alarms.value.filter((one) => !isQuiet(one) && one.state === "over").sort((one, other) => (other.over_ms ?? 0) - (one.over_ms ?? 0));
  const quiet = alarms.value.filter(isQuiet);
  const last = Math.max(0, ...alarms.value.map((one) => one.last_ms));
  return (
    <>
      <Panel title={`Open alarms (${open.length})`}>
        {open.length === 0 && <Empty>{last ? `No open alarm. The last one came at ${moment(last, now_ms)}.` : `No alarm since this run began at ${moment(site.value?.started_ms, now_ms)}.`}</Empty>}
        {lasting > 0 && (
          <p class="soft small">{lasting === open.length ? "These last" : `The first ${lasting} last`}, each until its cause is gone; then it stands among those that are over.</p>
        )}
        <ul class="alarms">
          {[...open.filter((one) => one.state === "active"), ...open.filter((one) => one.state !== "active")].map((one) => (
            <Alarm key={`${one.kind}/${one.source}`} alarm={one} />
          ))}
        </ul>
      </Panel>
      {over.length > 0 && (
        <Panel title={`Over (${over.length})`}>
          <ul class="alarms">
            {over.map((one) => (
              <Alarm key={`${one.kind}/${one.source}`} alarm={one} />
            ))}
          </ul>
        </Panel>
      )}
      {quiet.length > 0 && (
        <Panel title={`Acknowledged or muted (${quiet.length})`}>
          <ul class="alarms">
            {quiet.map((one) => (
              <Alarm key={`${one.kind}/${one.source}`} alarm={one} />
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

/** Say since when an alarm lasts, or since when it is over, and how often it came. */
function when(alarm: AlarmNow, now_ms: number): string {
  const last = moment(alarm.last_ms, now_ms);
  const own = alarm.state === "active" ? `since ${last}` : alarm.state === "over" ? `${last}, over since ${moment(alarm.over_ms, now_ms)}` : last;
  return alarm.count > 1 ? `${own} · ${plural(alarm.count, "time")} since ${moment(alarm.first_ms, now_ms)}` : own;
}

function Alarm({ alarm }: { alarm: AlarmNow }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  const [wrong, setWrong] = useState<string | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const isMuted = (alarm.muted_until_ms ?? 0) > now_ms;
  async function answer(body: object): Promise<void> {
    try {
      await ask("POST", "/api/v1/alarms/answers", { kind: alarm.kind, source: alarm.source, ...body });
      setReason(null);
      setWrong(null);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  const outlet = outlets.value.find((one) => one.id === alarm.source || one.station === alarm.source);
  return (
    <li class={`alarm ${alarm.severity} ${alarm.state}`}>
      <div class="row">
        <span class="look">
          <Icon name={alarm.state === "over" ? "check" : alarm.severity === "notice" ? "ring" : "triangle"} />
          {alarm.state === "over" ? `over, was ${alarm.severity}` : alarm.severity}
        </span>
        <b class="grow">{alarm.what}</b>
        <span class="small num soft">{when(alarm, now_ms)}</span>
      </div>
      <p class="small">
        <b>{alarm.source}</b> · {alarm.effect}.
      </p>
      <p class="small">To do: {alarm.next_step}.</p>
      {alarm.acknowledged_by !== null && <p class="small soft">Acknowledged by {alarm.acknowledged_by}.</p>}
      {isMuted && <p class="small soft">Muted until {moment(alarm.muted_until_ms, now_ms)}.</p>}
      <div class="row small">
        {mayAct() && alarm.acknowledged_by === null && (
          <button type="button" onClick={() => void answer({ does: "acknowledge" })}>
            Acknowledge
          </button>
        )}
        {mayAct() && !isMuted && reason === null && (
          <button type="button" onClick={() => setReason("")}>
            Mute 1 h
          </button>
        )}
        {outlet && (
          <a class="button" href={href("live", outlet.id)}>
            Show {outlet.id}
          </a>
        )}
      </div>
      {reason !== null && (
        <form
          class="row small"
          onSubmit={(event) => {
            event.preventDefault();
            void answer({ does: "mute", until_ms: now_ms + HOUR_MS, reason });
          }}
        >
          <label class="grow">
            Why <input class="grow" required maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          <button class="main">Mute</button>
        </form>
      )}
      <Wrong text={wrong} />
    </li>
  );
}
