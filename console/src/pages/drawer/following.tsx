// How far an operator's deed has come: sent, accepted, seen to have taken effect, with the station's raw answer.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../feed/api";
import { head } from "../../feed/feed";
import type { OutletNow } from "../../feed/shapes";
import { useAgain } from "../../ui/again";
import { amps, clockSeconds } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { Wrong } from "../../ui/parts";
import type { Message, Told } from "./messages";
import { pretty } from "./messages";
import type { Profile } from "./profile";

const PATIENCE_MS = 10_000;
const AGAIN_MS = 1_000;
const ANSWER_MS = 3_000;
const NEAR_A = 0.7;
/** Also where the car itself takes no more. */
const BOOSTED = ["boosted", "vehicle_maximum", "suspended_by_vehicle"];
const WRITES = ["SetChargingProfile", "UpdateDynamicSchedule"];

export interface Ordered {
  kind: "order";
  does: "limit" | "pause" | "boost" | "resume";
  most_a: number | null;
  /** By the site's clock, and by this page's. */
  asked_ms: number;
  began_ms: number;
}
export interface Commanded {
  kind: "command";
  id: string;
  word: string;
  began_ms: number;
}
export type Deed = Ordered | Commanded;

export function Following(props: { deed: Deed; outlet: OutletNow; profile: Profile }): JSX.Element {
  return props.deed.kind === "order" ? <OrderSteps {...props} deed={props.deed} /> : <CommandSteps deed={props.deed} />;
}

const WORDS: Record<Ordered["does"], string> = { limit: "Limit", pause: "Pause", boost: "Boost", resume: "Resume" };

function OrderSteps({ deed, outlet, profile }: { deed: Ordered; outlet: OutletNow; profile: Profile }): JSX.Element {
  const [answer, setAnswer] = useState<Message | null>(null);
  const [waited_ms, setWaited] = useState(0);
  const bounds = deed.does === "limit" || deed.does === "pause";
  const most_a = deed.most_a ?? 0;
  const isTold = deed.does === "resume" ? profile.order === null : profile.order?.does === deed.does;
  const isAccepted = isTold && profile.is_confirmed && (!bounds || profile.limit_a <= most_a + 0.05);
  const isSeen = isAccepted && (bounds ? (outlet.draws_a ?? 0) <= most_a + NEAR_A : deed.does === "boost" ? BOOSTED.includes(outlet.cause ?? "") : outlet.cause !== "ordered");
  useEffect(() => {
    if (isSeen) return;
    const timer = window.setInterval(() => setWaited(performance.now() - deed.began_ms), 500);
    return () => window.clearInterval(timer);
  }, [deed, isSeen]);
  async function asked(): Promise<Message | null> {
    if (profile.station === null) return null;
    const told = await ask<Told>("GET", `/api/v1/stations/${encodeURIComponent(profile.station)}/messages?count=30`);
    return told.messages.find((one) => one.by === "site" && WRITES.includes(one.action) && one.at_ms >= deed.asked_ms - 1_000) ?? null;
  }
  useAgain(asked, setAnswer, `${deed.began_ms}/${isAccepted}`, isSeen ? 0 : ANSWER_MS);
  const isLate = !isAccepted && waited_ms > PATIENCE_MS;
  return (
    <div role="status">
      <Steps word={WORDS[deed.does]} reached={isSeen ? 3 : isAccepted ? 2 : 1} />
      {isLate && <p class="note bad small">No answer in 10 s; the old limit still holds: up to {amps(profile.may_draw_a)} may flow.</p>}
      {isAccepted && !isSeen && waited_ms > PATIENCE_MS && (
        <p class="note small">{bounds ? "The station took the limit; the car has not followed it yet." : "Power rises slowly, and only as far as the circuits bear."}</p>
      )}
      {answer && <Raw at_ms={answer.at_ms} what={`${answer.action}: ${answer.outcome}`} sent={answer.payload} answer={answer.answer} />}
      {answer === null && isAccepted && <p class="small soft">No profile had to be written: what the station holds already is right.</p>}
    </div>
  );
}

interface Command {
  id: string;
  state: string;
  is_open: boolean;
  action: string;
  payload: unknown;
  steps: { state: string; time: string; why: string; message: unknown }[];
}
const FAILED: Record<string, string> = {
  refused: "The station refused",
  failed: "The station did not understand it, or it never went out",
  timed_out: "No answer; it may have been carried out all the same",
  superseded: "A newer command about the same came",
  no_effect: "Its effect was not seen in time",
};

function CommandSteps({ deed }: { deed: Commanded }): JSX.Element {
  const [told, setTold] = useState<Command | null>(null);
  const [waited_ms, setWaited] = useState(0);
  const isOver = told !== null && !told.is_open;
  function asked(): Promise<Command> {
    setWaited(performance.now() - deed.began_ms);
    return ask<Command>("GET", `/api/v1/commands/${encodeURIComponent(deed.id)}`);
  }
  const { wrong } = useAgain(asked, setTold, deed.id, isOver ? 0 : AGAIN_MS);
  const states = told?.steps.map((one) => one.state) ?? [];
  const reached = states.includes("took_effect") ? 3 : states.includes("accepted") || states.includes("scheduled") ? 2 : 1;
  const last = told?.steps.at(-1);
  const answered = told?.steps.filter((one) => one.message !== null) ?? [];
  return (
    <div role="status">
      <Steps word={deed.word} reached={reached} />
      <Wrong text={wrong} />
      {told?.state === "sent" && waited_ms > PATIENCE_MS && <p class="note bad small">No answer in 10 s; nothing has changed as far as the site knows.</p>}
      {last && FAILED[last.state] && (
        <p class="note bad small">
          {FAILED[last.state]}
          {last.why && `: ${last.why}`}.
        </p>
      )}
      {last?.state === "scheduled" && <p class="note small">The station will do it later{last.why && `: ${last.why}`}.</p>}
      {told && answered.map((one) => <Raw key={one.time + one.state} at_ms={Date.parse(one.time)} what={`${told.action}: ${one.state.replace("_", " ")}`} sent={told.payload} answer={one.message} />)}
    </div>
  );
}

function Steps({ word, reached }: { word: string; reached: number }): JSX.Element {
  return (
    <ol class="steps three" aria-label={`${word}: how far it has come`}>
      {[`${word} sent`, "accepted", "took effect"].map((one, at) => (
        <li key={one} class={at < reached ? "reached" : ""}>
          {at < reached && <Icon name="check" />} {one}
        </li>
      ))}
    </ol>
  );
}

function Raw(props: { at_ms: number; what: string; sent: unknown; answer: unknown }): JSX.Element {
  return (
    <details class="small">
      <summary>
        {clockSeconds(props.at_ms || (head.value?.now_ms ?? 0))} {props.what}
      </summary>
      <pre class="mono json" tabIndex={0}>{pretty({ sent: props.sent, answer: props.answer })}</pre>
    </details>
  );
}
