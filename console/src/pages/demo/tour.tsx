// One tour through a site: each step says what to look at, and may put a fault in.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { go, href } from "../../router";

interface Step {
  title: string;
  text: string;
  page: string;
  query?: Record<string, string>;
  fault?: string;
}

const STEPS: Step[] = [
  { title: "A garage that is too small", text: "24 outlets behind one transformer. The top bar is the grid connection with its limit; every card says what its car draws of what it may.", page: "live" },
  { title: "The grid operator cuts the limit", text: "40 % less for half an hour, over the same interface that a grid operator would use. Limits fall at once; look who pays, and why.", page: "live", fault: "limit_cut" },
  { title: "Every change has a reason", text: "Open a decision: the limit that binds, the inputs with their age, and what another architecture would have done.", page: "decisions" },
  { title: "A meter that lies", text: "The transformer's meter stands still. The site compares it with the outlets below, stops believing it and plans with the worst case.", page: "live", fault: "meter_frozen" },
  { title: "A cable is pulled", text: "The station is reserved at what it may still draw until its lease ends: nobody else gets that power meanwhile.", page: "live", query: { show: "attention" }, fault: "station_offline" },
  { title: "What went wrong, in one list", text: "Each alarm says what it changes and what to do next. Ending the tour takes all faults away.", page: "alarms" },
];

type Did = (method: string, path: string, body?: unknown) => Promise<void>;

export function Tour({ did, end }: { did: Did; end: () => void }): JSX.Element {
  const [at, setAt] = useState(0);
  const step = STEPS[at] as Step;
  function show(next: number): void {
    const wanted = STEPS[next];
    if (wanted === undefined) {
      void did("DELETE", "faults");
      end();
      return;
    }
    if (next > at && wanted.fault) void did("POST", "faults", { kind: wanted.fault });
    setAt(next);
    go(href(wanted.page, "", wanted.query ?? {}));
  }
  return (
    <div class="note stack" role="group" aria-label="Tour">
      <p aria-live="polite">
        <b>
          {at + 1} of {STEPS.length}: {step.title}.
        </b>{" "}
        {step.text}
      </p>
      <div class="row">
        {at > 0 && (
          <button type="button" onClick={() => show(at - 1)}>
            Back
          </button>
        )}
        <button type="button" class="main" onClick={() => show(at + 1)}>
          {at + 1 < STEPS.length ? "Next" : "End the tour"}
        </button>
      </div>
    </div>
  );
}
