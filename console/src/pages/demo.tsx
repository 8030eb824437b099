// The bar of a demo: how fast time runs, faults to put in and take away, and a tour. No other site has it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, Refused } from "../feed/api";
import { head, role } from "../feed/feed";
import type { FaultNow } from "../feed/shapes";
import { clockSeconds, duration, plural } from "../ui/format";
import { Icon } from "../ui/icons";
import { lazily } from "../ui/lazily";
import { Choice, Wrong } from "../ui/parts";
import { faultWords } from "./demo/faults";

const Faults = lazily(() => import("./demo/choosing").then((all) => all.Faults));
const Tour = lazily(() => import("./demo/tour").then((all) => all.Tour));
const SPEEDS = ["1", "10", "60"] as const;

export function DemoBar(): JSX.Element | null {
  const now = head.value;
  const [wrong, setWrong] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [isTouring, setTouring] = useState(false);
  const [isUnfolded, setUnfolded] = useState(false); // on a phone, where the bar is one line until it is opened
  if (now?.demo == null) return null;
  const { demo } = now;
  const mayAct = role.value === "operator" || role.value === "admin";
  async function did(method: string, path: string, body?: unknown): Promise<void> {
    try {
      await ask(method, `/api/v1/demo/${path}`, body);
      setWrong(null);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  const pace = (speed_ratio: number, is_paused: boolean): Promise<void> => did("PUT", "clock", { speed_ratio, is_paused });
  return (
    <section class={`panel demo stack ${isUnfolded ? "" : "folded"}`} aria-label="Demo">
      <button type="button" class="unfold" aria-expanded={isUnfolded} onClick={() => setUnfolded(!isUnfolded)}>
        <b>Demo</b>
        <span class="num">{clockSeconds(now.now_ms)}</span>
        <span class="grow">{[demo.is_paused ? "paused" : `${now.speed_ratio}×`, ...(demo.faults.length ? [plural(demo.faults.length, "fault")] : [])].join(" · ")}</span>
        <span class="soft">{isUnfolded ? "Less" : "More"}</span>
      </button>
      <div class="row">
        <b class="name">Demo</b>
        <span class="num name">{clockSeconds(now.now_ms)}</span>
        {mayAct && (
          <>
            <button type="button" aria-pressed={demo.is_paused} onClick={() => void pace(now.speed_ratio, !demo.is_paused)}>
              <Icon name={demo.is_paused ? "play" : "pause"} />
              {demo.is_paused ? "Go on" : "Pause"}
            </button>
            <Choice
              name="Speed"
              value={demo.is_paused ? "" : String(now.speed_ratio)}
              of={SPEEDS.map((speed) => ({ value: speed as string, label: `${speed}×` }))}
              onChange={(speed) => void pace(Number(speed), false)}
            />
            <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              <Icon name="triangle" />
              Put in a fault
            </button>
            <button type="button" aria-pressed={isTouring} onClick={() => setTouring(!isTouring)}>
              Tour
            </button>
          </>
        )}
        <span class="grow" />
        <Chips faults={demo.faults} now_ms={now.now_ms} mayAct={mayAct} end={(number) => void did("DELETE", number === null ? "faults" : `faults/${number}`)} />
      </div>
      {isOpen && mayAct && <Faults begin={(body) => void did("POST", "faults", body)} />}
      {isTouring && mayAct && <Tour did={did} end={() => setTouring(false)} />}
      <Wrong text={wrong} />
    </section>
  );
}

function Chips(props: { faults: FaultNow[]; now_ms: number; mayAct: boolean; end: (number: number | null) => void }): JSX.Element | null {
  if (props.faults.length === 0) return null;
  return (
    <ul class="chips" aria-label="Faults that last">
      {props.faults.map((fault) => {
        const words = (
          <>
            {faultWords(fault.kind).lasts}
            {fault.target && `: ${fault.target}`}
            <span class="num soft">{duration(Math.max(0, fault.until_ms - props.now_ms))}</span>
          </>
        );
        return (
          <li key={fault.number}>
            {props.mayAct ? (
              <button type="button" class="chip" onClick={() => props.end(fault.number)}>
                {words}
                <Icon name="close" />
                <span class="sr">take away</span>
              </button>
            ) : (
              <span class="chip">{words}</span>
            )}
          </li>
        );
      })}
      {props.mayAct && (
        <li>
          <button type="button" onClick={() => props.end(null)}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}
