// What an operator may tell an outlet: bound, pause or hurry its visit, change what the driver wants, stop, restart.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, onceKey, worded } from "../../feed/api";
import { head } from "../../feed/feed";
import type { OutletNow } from "../../feed/shapes";
import { amps, number } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { Panel, Wrong } from "../../ui/parts";
import type { Deed, Ordered } from "./following";
import { Following } from "./following";
import { NeedForm } from "./need";
import type { OutletOrder, Profile } from "./profile";

const MINUTE_MS = 60_000;
const LENGTHS = [15, 30, 60, 120, 240];
const BOOST_MIN = 30;
type Form = "limit" | "pause" | "boost" | "need" | "stop" | "reset";

export function Actions({ outlet, profile, onDone }: { outlet: OutletNow; profile: Profile; onDone: () => void }): JSX.Element {
  const [form, setForm] = useState<Form | null>(null);
  const [deed, setDeed] = useState<Deed | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const path = `/api/v1/evses/${encodeURIComponent(outlet.id)}/order`;

  async function doing(work: () => Promise<Deed | null>): Promise<void> {
    setBusy(true);
    try {
      setDeed(await work());
      setForm(null);
      setWrong(null);
      onDone();
    } catch (refused) {
      setWrong(worded(refused));
    } finally {
      setBusy(false);
    }
  }
  const begun = (does: Ordered["does"], most_a: number | null): Ordered => ({ kind: "order", does, most_a, asked_ms: head.value?.now_ms ?? 0, began_ms: performance.now() });
  const order = (does: OutletOrder["does"], limit_a: number | null, minutes: number | null): Promise<void> =>
    doing(async () => {
      const deed = begun(does, does === "pause" ? 0 : limit_a);
      const until = minutes === null ? null : new Date((head.value?.now_ms ?? 0) + minutes * MINUTE_MS).toISOString();
      await ask("PUT", path, { does, limit_a, until, session: outlet.visit?.id ?? null });
      return deed;
    });
  const resume = (): Promise<void> =>
    doing(async () => {
      const deed = begun("resume", null);
      await ask("DELETE", path);
      return deed;
    });
  const command = (word: string, body: object): Promise<void> =>
    doing(async () => {
      const placed = await ask<{ id: string }>("POST", `/api/v1/stations/${encodeURIComponent(profile.station ?? "")}/commands`, body, onceKey());
      return { kind: "command", id: placed.id, word, began_ms: performance.now() };
    });
  return (
    <Panel title="Actions">
      <Chosen outlet={outlet} profile={profile} form={form} onForm={(name) => setForm(name === form ? null : name)} onResume={() => void resume()} />
      {form === "limit" && <LimitForm outlet={outlet} isBusy={isBusy} onSend={(limit_a, minutes) => void order("limit", limit_a, minutes)} />}
      {form === "pause" && <TimedForm word="Pause" isBusy={isBusy} isEndless first={null} onSend={(minutes) => void order("pause", null, minutes)} />}
      {form === "boost" && <TimedForm word="Boost" isBusy={isBusy} isEndless={false} first={BOOST_MIN} onSend={(minutes) => void order("boost", null, minutes)} />}
      {form === "need" && outlet.visit && <NeedForm visit={outlet.visit} onDone={() => setForm(null)} />}
      {form === "stop" && profile.transaction !== null && (
        <Sure word="Stop charging" isBusy={isBusy} onSure={() => void command("Stop", { kind: "stop", transaction_id: profile.transaction })}>
          This ends the transaction of {outlet.visit?.id_token || "this visit"}; the car does not go on by itself.
        </Sure>
      )}
      {form === "reset" && <ResetForm profile={profile} isBusy={isBusy} onReset={(how) => void command("Reset", { kind: "reset", how })} />}
      <Wrong text={wrong} />
      {deed && <Following deed={deed} outlet={outlet} profile={profile} key={deed.began_ms} />}
    </Panel>
  );
}

function Chosen(props: { outlet: OutletNow; profile: Profile; form: Form | null; onForm: (form: Form) => void; onResume: () => void }): JSX.Element {
  const hasVisit = props.outlet.visit !== null;
  const isConnected = props.profile.version !== null;
  const one = (name: Form, word: string, can: boolean, class_ = ""): JSX.Element => (
    <button type="button" class={class_} disabled={!can} aria-expanded={props.form === name} onClick={() => props.onForm(name)}>
      {word}
    </button>
  );
  return (
    <>
      <div class="row" role="group" aria-label="What to do">
        {props.profile.order && (
          <button type="button" class="main" onClick={props.onResume}>
            <Icon name="bolt" />
            {props.profile.order.does === "boost" ? "End boost" : "Resume"}
          </button>
        )}
        {one("limit", "Set limit", hasVisit)}
        {one("pause", "Pause", hasVisit)}
        {one("boost", "Boost", hasVisit)}
        {one("need", "Change need", hasVisit)}
        {one("stop", "Stop", isConnected && props.profile.transaction !== null, "danger")}
        {one("reset", "Reset", isConnected, "danger")}
      </div>
      {!hasVisit && <p class="small soft">Limits, pauses and boosts are about a visit: no car is plugged in.</p>}
      {!isConnected && <p class="small soft">The station is not connected: what is ordered reaches it when it comes back.</p>}
    </>
  );
}

function LimitForm(props: { outlet: OutletNow; isBusy: boolean; onSend: (limit_a: number, minutes: number | null) => void }): JSX.Element {
  const [limit_a, setLimit] = useState(String(Math.min(props.outlet.most_a, 10)));
  const [minutes, setMinutes] = useState<number | null>(null);
  return (
    <form
      class="row small deed"
      onSubmit={(event) => {
        event.preventDefault();
        props.onSend(Number(limit_a), minutes);
      }}
    >
      <label>
        At most
        <input class="short" type="number" required min={0} max={props.outlet.most_a} step={0.5} value={limit_a} onInput={(event) => setLimit(event.currentTarget.value)} />A a phase
      </label>
      <Length value={minutes} isEndless onChange={setMinutes} />
      <button class="main" disabled={props.isBusy}>
        Set limit
      </button>
      <span class="soft">
        The outlet offers up to {amps(props.outlet.most_a)}. It only lowers: circuits and sharing still count.
      </span>
    </form>
  );
}

function TimedForm(props: { word: string; first: number | null; isEndless: boolean; isBusy: boolean; onSend: (minutes: number | null) => void }): JSX.Element {
  const [minutes, setMinutes] = useState(props.first);
  return (
    <form
      class="row small deed"
      onSubmit={(event) => {
        event.preventDefault();
        props.onSend(minutes);
      }}
    >
      <Length value={minutes} isEndless={props.isEndless} onChange={setMinutes} />
      <button class="main" disabled={props.isBusy}>
        {props.word}
      </button>
      {props.word === "Boost" && <span class="soft">It comes before all others; who charges now keeps the minimum where there is room. No fuse is stretched.</span>}
    </form>
  );
}

function Length(props: { value: number | null; isEndless: boolean; onChange: (minutes: number | null) => void }): JSX.Element {
  return (
    <label>
      For
      <select value={props.value ?? ""} onChange={(event) => props.onChange(event.currentTarget.value === "" ? null : Number(event.currentTarget.value))}>
        {props.isEndless && <option value="">as long as the car stays</option>}
        {LENGTHS.map((one) => (
          <option key={one} value={one}>
            {one < 60 ? `${one} min` : `${number(one / 60, 0)} h`}
          </option>
        ))}
      </select>
    </label>
  );
}

function ResetForm(props: { profile: Profile; isBusy: boolean; onReset: (how: string) => void }): JSX.Element {
  const softly = props.profile.version === "ocpp1.6" ? "graceful" : "on_idle";
  return (
    <div class="row small deed">
      <span class="grow">
        {props.profile.station} restarts with all its outlets. {softly === "graceful" ? "Softly, it ends its transactions first." : "When idle, it waits until no car charges."}
      </span>
      <button type="button" class="danger" disabled={props.isBusy} onClick={() => props.onReset(softly)}>
        {softly === "graceful" ? "Reset softly" : "Reset when idle"}
      </button>
      <button type="button" class="danger" disabled={props.isBusy} onClick={() => props.onReset("immediate")}>
        Reset now
      </button>
    </div>
  );
}

function Sure(props: { word: string; isBusy: boolean; onSure: () => void; children: ComponentChildren }): JSX.Element {
  return (
    <div class="row small deed">
      <span class="grow">{props.children}</span>
      <button type="button" class="danger" disabled={props.isBusy} onClick={props.onSure}>
        {props.word}
      </button>
    </div>
  );
}
