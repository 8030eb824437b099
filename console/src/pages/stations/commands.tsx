// Commands to a station, each with every step: sent, accepted, took effect, and the station's raw answer.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../../app";
import { ask, onceKey, worded } from "../../feed/api";
import { head } from "../../feed/feed";
import { useAgain } from "../../ui/again";
import { moment } from "../../ui/format";
import { Empty, Panel, Wrong } from "../../ui/parts";
import type { StationDetails } from "./words";

interface Step {
  state: string;
  time: string;
  why: string;
  message: unknown;
}
interface Command {
  id: string;
  kind: string;
  by: string;
  asked: string;
  state: string;
  is_open: boolean;
  action: string;
  steps: Step[];
}
interface Offer {
  word: string;
  /** The body of the command, or what is still to be asked for. */
  body: (asked: { outlet: number; text: string; now_ms: number }) => object;
  needs?: "outlet" | "address" | "message";
}

const MESSAGES = ["BootNotification", "Heartbeat", "StatusNotification", "MeterValues"];

function offers(version: string | null): Record<string, Offer> {
  const isFirst = version === "ocpp1.6";
  return {
    reset: { word: isFirst ? "Restart, ending transactions in order" : "Restart when nobody charges", body: () => ({ kind: "reset", how: isFirst ? "graceful" : "on_idle" }) },
    reset_now: { word: "Restart at once", body: () => ({ kind: "reset", how: "immediate" }) },
    trigger: { word: "Ask for a message", needs: "message", body: ({ text }) => ({ kind: "trigger", message: text || MESSAGES[0] }) },
    unlock: { word: "Let a cable go", needs: "outlet", body: ({ outlet }) => ({ kind: "unlock", number: outlet }) },
    out: { word: "Take out of service", body: () => ({ kind: "availability", is_operative: false }) },
    in: { word: "Take into service", body: () => ({ kind: "availability", is_operative: true }) },
    ...(isFirst ? { settings: { word: "Read its settings", body: () => ({ kind: "read_settings" }) } } : {}),
    firmware: { word: "Install firmware from an address", needs: "address", body: ({ text, now_ms }) => ({ kind: "firmware", location: text, retrieve: new Date(now_ms).toISOString() }) },
    log: { word: "Upload its log to an address", needs: "address", body: ({ text }) => ({ kind: "log", log: isFirst ? "old_diagnostics" : "diagnostics", location: text }) },
  };
}

export function Commands({ station }: { station: StationDetails }): JSX.Element {
  const [commands, setCommands] = useState<Command[]>([]);
  const { wrong, again } = useAgain(() => ask<Command[]>("GET", `/api/v1/commands?count=10&station=${encodeURIComponent(station.id)}`), setCommands, station.id);
  return (
    <Panel title="Commands">
      {mayAct() && <Give station={station} onGiven={again} />}
      <Wrong text={wrong} />
      {commands.length === 0 ? (
        <Empty>No command was given to this station lately.</Empty>
      ) : (
        <ul class="happened" aria-live="polite">
          {commands.map((one) => (
            <Given key={one.id} command={one} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Give({ station, onGiven }: { station: StationDetails; onGiven: () => Promise<void> }): JSX.Element {
  const all = offers(station.version);
  const [kind, setKind] = useState("trigger");
  const [text, setText] = useState("");
  const [outlet, setOutlet] = useState(1);
  const [wrong, setWrong] = useState<string | null>(null);
  const offer = all[kind];
  async function give(): Promise<void> {
    if (offer === undefined) return;
    const body = offer.body({ outlet, text: text.trim(), now_ms: head.value?.now_ms ?? Date.now() });
    try {
      await ask("POST", `/api/v1/stations/${encodeURIComponent(station.id)}/commands`, body, onceKey());
      setWrong(null);
      await onGiven();
    } catch (refused) {
      setWrong(worded(refused));
    }
  }
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        void give();
      }}
    >
      <label>
        Command
        <select value={kind} onChange={(event) => (setKind(event.currentTarget.value), setText(""))}>
          {Object.entries(all).map(([name, { word }]) => (
            <option key={name} value={name}>
              {word}
            </option>
          ))}
        </select>
      </label>
      {offer?.needs === "message" && (
        <label>
          Message
          <select value={text || MESSAGES[0]} onChange={(event) => setText(event.currentTarget.value)}>
            {MESSAGES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      {offer?.needs === "outlet" && (
        <label>
          Outlet
          <select value={String(outlet)} onChange={(event) => setOutlet(Number(event.currentTarget.value))}>
            {station.outlets.map((one, place) => (
              <option key={one.evse} value={String(place + 1)}>
                {one.evse}
              </option>
            ))}
          </select>
        </label>
      )}
      {offer?.needs === "address" && (
        <label class="grow">
          Address <input class="grow" type="url" required maxLength={512} placeholder="https://…" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
      )}
      <button class="main" disabled={!station.is_connected}>
        Send
      </button>
      {!station.is_connected && <span class="small soft">It is offline: nothing can be sent.</span>}
      <Wrong text={wrong} />
    </form>
  );
}

function Given({ command }: { command: Command }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <li class="stack">
      <div class="row">
        <b class="grow">
          {command.kind.replaceAll("_", " ")} <span class="soft small">{command.action}</span>
        </b>
        <span class="small soft num">
          {moment(Date.parse(command.asked), now_ms)}, by {command.by}
        </span>
      </div>
      <ol class="row small plain-steps">
        {command.steps.map((step, place) => (
          <li key={place}>
            <b>{step.state.replaceAll("_", " ")}</b> <span class="num soft">{moment(Date.parse(step.time), now_ms)}</span>
            {step.why && <span class="soft"> {step.why}</span>}
          </li>
        ))}
        {command.is_open && <li class="soft">waiting…</li>}
      </ol>
      {command.steps.some((step) => step.message !== null) && (
        <details class="small">
          <summary>What the station said</summary>
          <pre class="mono raw">{JSON.stringify(command.steps.map((step) => step.message).filter((one) => one !== null), null, 1)}</pre>
        </details>
      )}
    </li>
  );
}
