// The driver's page: one column, from what matters most.
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { clock, duration, kwh, moment, number, otherZone } from "../ui/format";
import { Icon } from "../ui/icons";
import { Change } from "./change";
import { heard_ms, isLive, state } from "./feed";
import { canTell, notices, optIn, optOut, tells } from "./notices";
import type { Happened, Over, Visit } from "./shapes";
import { Scanned } from "./sticker";
import { promiseWords, stageWords } from "./words";

export function App(): JSX.Element {
  const now = state.value;
  if (now.type === "gone") return <Gone />;
  const isOver = now.type === "over";
  const stage = isOver ? "over" : now.stage;
  const { word, icon, colour, hint } = isOver ? { word: "Unplugged", icon: "plug", colour: "free", hint: "" } : stageWords(stage);
  return (
    <main class={`driver${isLive.value ? "" : " stale"}`} data-stage={stage}>
      <Titled text={`${word} · ${now.outlet}`} />
      <Lost />
      <header>
        <p class="soft">{now.site}</p>
        <h1>{now.outlet}</h1>
        <p class="look stage" style={{ color: `var(--${colour})` }}>
          <Icon name={icon} />
          {word}
        </p>
      </header>
      {now.type === "sticker" && <Scanned of={now} hint={hint} />}
      {now.type === "visit" && <Own of={now} hint={hint} />}
      {now.type === "over" && <Ended of={now} />}
      <Call phone={now.phone} isUrgent={["fault", "refused", "stopped"].includes(stage)} />
      {!isOver && now.speed_ratio !== 1 && (
        <p class="note warm">
          A demo: an hour here is {duration(3_600_000 / now.speed_ratio)} of yours. Here it is <b class="num">{clock(now.now_ms)}</b>.
        </p>
      )}
      {otherZone() && <p class="soft small">Times are those of {otherZone()}.</p>}
    </main>
  );
}

function Titled({ text }: { text: string }): null {
  useEffect(() => {
    document.title = text;
  }, [text]);
  return null;
}

function Gone(): JSX.Element {
  return (
    <main class="driver" data-stage="gone">
      <Titled text="Link expired" />
      <h1>This link leads nowhere any more</h1>
      <p>It has expired, or no station has it. Your car charges without this page.</p>
      <p>Scan the code on the charging station again.</p>
    </main>
  );
}

function Lost(): JSX.Element {
  return (
    <div role="status">
      {!isLive.value && (
        <p class="note warm">
          No connection. Showing <b class="num">{clock(heard_ms.value)}</b>. Your car keeps charging.
        </p>
      )}
    </div>
  );
}

function Own({ of: visit, hint }: { of: Visit; hint: string }): JSX.Element {
  const promise = promiseWords(visit, visit.now_ms);
  const shows = visit.sentence !== null && ["charging", "paused", "feeding", "starting"].includes(visit.stage);
  const resumes = visit.stage === "paused" && visit.starts_ms !== null && visit.starts_ms > visit.now_ms ? clock(visit.starts_ms) : null;
  return (
    <>
      <p class="power fades">
        <span class="num">{number(visit.power_kw)}</span> kW
      </p>
      {shows && <p class="fades">{visit.sentence}</p>}
      {hint && <p>{hint}</p>}
      {resumes !== null && !visit.sentence?.includes(resumes) && <p class="fades">Goes on about {resumes}.</p>}
      {visit.queue_place !== null && <p class="fades">Place {visit.queue_place} in the queue.</p>}
      <Progress of={visit} />
      {visit.idle_ms !== null && visit.idle_per_h !== null && (
        <p class="note warm">
          Since {moment(visit.idle_ms, visit.now_ms)} an idle fee runs: {visit.idle_per_h.toFixed(2)} {visit.currency} an hour until you unplug.
        </p>
      )}
      <Change visit={visit}>{visit.stage !== "finished" && <p class={`note promise fades ${promise.mood}`}>{promise.text}</p>}</Change>
      <Notices />
      <History of={visit} />
    </>
  );
}

function Progress({ of: visit }: { of: Visit }): JSX.Element {
  const { energy_kwh, need_kwh } = visit;
  const share = energy_kwh === null || need_kwh === null || need_kwh <= 0 ? null : Math.min(1, Math.max(0, energy_kwh / need_kwh));
  const text = need_kwh === null ? kwh(energy_kwh) : `${number(energy_kwh, (energy_kwh ?? 0) < 100 ? 1 : 0)} of ${kwh(need_kwh)}`;
  return (
    <div class="progress fades">
      {share !== null && (
        <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="10" fill="var(--raised)" />
          <rect width={share * 100} height="10" fill="var(--good)" />
        </svg>
      )}
      <p>
        <b class="num">{text}</b> <span class="soft">since {moment(visit.arrived_ms, visit.now_ms)}</span>
      </p>
    </div>
  );
}

function Ended({ of: over }: { of: Over }): JSX.Element {
  const cost = over.cost_minor === null ? null : (over.cost_minor / 10 ** over.minor_digits).toFixed(over.minor_digits);
  const stayed = over.ended_ms === null ? null : duration(over.ended_ms - over.arrived_ms);
  return (
    <>
      <p class="power">
        <span class="num">{number(over.energy_kwh)}</span> kWh
      </p>
      <dl class="facts">
        <dt>Plugged in</dt>
        <dd>{moment(over.arrived_ms, over.now_ms)}</dd>
        <dt>Unplugged</dt>
        <dd>
          {moment(over.ended_ms, over.now_ms)}
          {stayed && ` (${stayed})`}
        </dd>
        {cost !== null && (
          <>
            <dt>Cost</dt>
            <dd>
              {cost} {over.currency}
            </dd>
          </>
        )}
      </dl>
      {over.energy_kwh === null && <p class="soft">The energy follows when the station has told it.</p>}
      <p class="soft">This page shows your visit for a day. Scan the code on a station to charge again.</p>
    </>
  );
}

function Notices(): JSX.Element {
  const told = notices.value;
  return (
    <section aria-label="Notifications" class="stack">
      <div class="stack" role="status">
        {told.map((one) => (
          <p key={`${one.at_ms}${one.text}`} class="note">
            <b class="num">{clock(one.at_ms)}</b> {one.text}
          </p>
        ))}
      </div>
      {canTell && (
        <button type="button" class="wide-button" aria-pressed={tells.value} onClick={() => (tells.value ? optOut() : void optIn())}>
          <Icon name="alarms" />
          {tells.value ? "You will be told when late, finished or at fault" : "Tell me when late, finished or at fault"}
        </button>
      )}
    </section>
  );
}

function History({ of: visit }: { of: Visit }): JSX.Element {
  return (
    <section>
      <h2>What happened</h2>
      <ol class="plain-list happened">
        {visit.happened.map((one: Happened) => (
          <Row key={one.at_ms} at={moment(one.at_ms, visit.now_ms)}>
            {one.sentence}
          </Row>
        ))}
        <Row at={moment(visit.arrived_ms, visit.now_ms)}>Plugged in.</Row>
      </ol>
    </section>
  );
}

function Row({ at, children }: { at: string; children: ComponentChildren }): JSX.Element {
  return (
    <li>
      <span class="num soft">{at}</span> <span>{children}</span>
    </li>
  );
}

function Call({ phone, isUrgent }: { phone: string; isUrgent: boolean }): JSX.Element | null {
  if (!phone) return null;
  return (
    <a class={`button wide-button${isUrgent ? " danger" : ""}`} href={`tel:${phone.replace(/[^+0-9]/g, "")}`}>
      Call for help: {phone}
    </a>
  );
}
