// Which fault to put into a demo, where, and for how long.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { outlets } from "../../feed/feed";
import { duration } from "../../ui/format";
import { FAULTS, type FaultWords } from "./faults";

const LENGTHS = ["900", "1800", "3600", "7200"] as const;
type Length = (typeof LENGTHS)[number];

export function Faults(props: { begin: (body: { kind: string; target: string; length_s: number }) => void }): JSX.Element {
  const [target, setTarget] = useState("");
  const [length, setLength] = useState<Length>("1800");
  const put = (fault: FaultWords): void => props.begin({ kind: fault.kind, target: fault.hasTarget ? target : "", length_s: Number(length) });
  return (
    <div class="stack">
      <div class="row">
        <label>
          At
          <select value={target} onChange={(event) => setTarget(event.currentTarget.value)}>
            <option value="">the busiest outlet, the circuit's meter</option>
            {outlets.value.map((one) => (
              <option key={one.id} value={one.id}>
                {one.id}
              </option>
            ))}
          </select>
        </label>
        <label>
          For
          <select value={length} onChange={(event) => setLength(event.currentTarget.value as Length)}>
            {LENGTHS.map((each) => (
              <option key={each} value={each}>
                {duration(Number(each) * 1000)}
              </option>
            ))}
          </select>
        </label>
        <span class="soft small">in the site's time</span>
      </div>
      <div class="fault-buttons">
        {FAULTS.map((fault) => (
          <button key={fault.kind} type="button" onClick={() => put(fault)}>
            <span>
              <b>{fault.word}</b>
              <br />
              <span class="small soft">{fault.what}</span>
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}
