// Change departure or energy: each step is answered with what would be promised, before anything is saved.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Refused } from "../feed/api";
import { kwh, moment, number } from "../ui/format";
import { Choice, Wrong } from "../ui/parts";
import { take, token } from "./feed";
import type { Foretold, Visit } from "./shapes";
import { promiseWords } from "./words";

const KWH_PER_KM = 0.18; // a mean car; told beside the choice
const QUARTER_MS = 900_000;
const LONGEST_MS = 13 * 86_400_000;
const MOST_KWH = 500;
const ASK_AFTER_MS = 350;
type Unit = "kwh" | "km";

interface Wish {
  need_kwh: number | null;
  departs_ms: number | null;
}

const bodyOf = (wish: Wish): Record<string, unknown> => ({
  ...(wish.need_kwh === null ? {} : { energy_wh: Math.round(wish.need_kwh * 1000) }),
  ...(wish.departs_ms === null ? {} : { departure: new Date(wish.departs_ms).toISOString() }),
});

/** What was refused, without the names that fields have in the interface. */
function plainly(refused: unknown): string {
  if (!(refused instanceof Refused)) return String(refused);
  const said = refused.fields.map((one) => `${one.problem}. ${one.remedy}`);
  return said.length === 0 ? refused.message : [...new Set(said)].map((text) => text.charAt(0).toUpperCase() + text.slice(1)).join(" ");
}

/** Ask what would be promised, once the driver has stopped stepping. */
function useForetold(wish: Wish): { told: Foretold | null; wrong: string | null } {
  const [told, setTold] = useState<Foretold | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const asked = useRef(0);
  useEffect(() => {
    const number = ++asked.current;
    setTold(null);
    const timer = window.setTimeout(async () => {
      try {
        const promise = await ask<Foretold>("POST", `/d/${token}/promise`, bodyOf(wish));
        if (number === asked.current) setTold(promise);
        if (number === asked.current) setWrong(null);
      } catch (refused) {
        if (number === asked.current) setWrong(plainly(refused));
      }
    }, ASK_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [wish.need_kwh, wish.departs_ms]);
  return { told, wrong };
}

/** children: what is promised now, shown while nothing is being changed. */
export function Change({ visit, children }: { visit: Visit; children: ComponentChildren }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  if (isOpen) return <Form visit={visit} onClose={() => setOpen(false)} />;
  return (
    <>
      {children}
      <button ref={opener} type="button" class="main wide-button" onClick={() => setOpen(true)}>
        Change departure or energy
      </button>
    </>
  );
}

function Form({ visit, onClose }: { visit: Visit; onClose: () => void }): JSX.Element {
  const now_ms = visit.now_ms;
  const [wish, setWish] = useState<Wish>({ need_kwh: visit.need_kwh, departs_ms: visit.departs_ms });
  const [failed, setFailed] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const { told, wrong } = useForetold(wish);
  const box = useRef<HTMLFormElement>(null);
  useEffect(() => box.current?.focus(), []);
  async function save(): Promise<void> {
    setSaving(true);
    try {
      take(await ask<Visit>("PUT", `/d/${token}/need`, bodyOf(wish)));
      onClose();
    } catch (refused) {
      setFailed(plainly(refused));
      setSaving(false);
    }
  }
  const promise = told === null ? null : promiseWords({ ...wish, ...told }, now_ms);
  return (
    <form
      ref={box}
      tabIndex={-1}
      class="panel change"
      aria-label="Change departure or energy"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Departure now_ms={now_ms} value_ms={wish.departs_ms} onChange={(departs_ms) => setWish({ ...wish, departs_ms })} />
      <Energy delivered_kwh={visit.energy_kwh ?? 0} value_kwh={wish.need_kwh} onChange={(need_kwh) => setWish({ ...wish, need_kwh })} />
      {wrong === null && (
        <p class={`note promise ${promise?.mood ?? ""}`} role="status">
          {promise === null ? "Asking the site…" : promise.text}
        </p>
      )}
      <Wrong text={failed ?? wrong} />
      <div class="two">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button class="main" disabled={isSaving || told === null}>
          Save
        </button>
      </div>
    </form>
  );
}

function Departure(props: { now_ms: number; value_ms: number | null; onChange: (value_ms: number | null) => void }): JSX.Element {
  const { now_ms, value_ms } = props;
  const least = Math.ceil((now_ms + QUARTER_MS / 3) / QUARTER_MS) * QUARTER_MS;
  const step = (by: number): void => {
    const from = value_ms ?? least + 4 * QUARTER_MS;
    const to = by > 0 ? Math.floor((from + by) / QUARTER_MS) * QUARTER_MS : Math.ceil((from + by) / QUARTER_MS) * QUARTER_MS;
    props.onChange(Math.min(Math.max(to, least), now_ms + LONGEST_MS));
  };
  return (
    <Stepper
      name="Departure"
      value={value_ms === null ? "not told" : moment(value_ms, now_ms)}
      steps={[
        { label: "−1 h", by: -4 * QUARTER_MS },
        { label: "−15 min", by: -QUARTER_MS },
        { label: "+15 min", by: QUARTER_MS },
        { label: "+1 h", by: 4 * QUARTER_MS },
      ]}
      onStep={step}
    />
  );
}

function Energy(props: { delivered_kwh: number; value_kwh: number | null; onChange: (value_kwh: number | null) => void }): JSX.Element {
  const [unit, setUnit] = useState<Unit>("kwh");
  const { delivered_kwh, value_kwh } = props;
  const each_kwh = unit === "kwh" ? 1 : KWH_PER_KM;
  const few = unit === "kwh" ? 1 : 10;
  const many = unit === "kwh" ? 5 : 50;
  const step = (by: number): void => {
    const from = value_kwh ?? Math.ceil(delivered_kwh) + 10;
    const to = Math.round((from + by * each_kwh) * 100) / 100;
    props.onChange(Math.min(MOST_KWH, Math.max(to, Math.ceil(delivered_kwh))));
  };
  const shown = value_kwh === null ? "not told" : unit === "kwh" ? kwh(value_kwh) : `${number(value_kwh / KWH_PER_KM, 0)} km`;
  return (
    <div class="stack">
      <Stepper
        name="Energy"
        value={shown}
        steps={[-many, -few, few, many].map((by) => ({ label: `${by > 0 ? "+" : "−"}${Math.abs(by)} ${unit === "kwh" ? "kWh" : "km"}`, by }))}
        onStep={step}
      />
      <Choice<Unit> name="Unit" value={unit} onChange={setUnit} of={[{ value: "kwh", label: "kWh" }, { value: "km", label: "km" }]} />
      <p class="soft small">
        Since plug-in{delivered_kwh >= 0.05 ? `, of which ${kwh(delivered_kwh)} are in the car` : ""}.
        {unit === "km" && ` At ${number(KWH_PER_KM * 100, 0)} kWh for 100 km.`}
      </p>
    </div>
  );
}

function Stepper(props: { name: string; value: string; steps: { label: string; by: number }[]; onStep: (by: number) => void }): JSX.Element {
  return (
    <fieldset>
      <legend>{props.name}</legend>
      <output class="big">{props.value}</output>
      <div class="four">
        {props.steps.map(({ label, by }) => (
          <button key={label} type="button" onClick={() => props.onStep(by)}>
            {label}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
