// A site's file that is to be: every mistake in it by its path, before it is put in place.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, Refused } from "../../feed/api";
import { plural } from "../../ui/format";
import { Panel, Wrong } from "../../ui/parts";

interface Mistake {
  path: string;
  value: string;
  problem: string;
  remedy: string;
}
interface Checked {
  is_sound: boolean;
  mistakes: Mistake[];
  warnings: Mistake[];
  stations_count: number | null;
  evses_count: number | null;
}

export function Check(): JSX.Element {
  const [text, setText] = useState("");
  const [checked, setChecked] = useState<Checked | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  async function check(): Promise<void> {
    try {
      setChecked(await ask<Checked>("POST", "/api/v1/config/check", { toml: text }));
      setWrong(null);
    } catch (refused) {
      setChecked(null);
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  async function open(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    setText(await file.text());
    setChecked(null);
  }
  return (
    <Panel title="Check a site's file">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void check();
        }}
      >
        <label>
          From a file <input type="file" accept=".toml,text/plain" onChange={(event) => void open(event.currentTarget.files?.[0])} />
        </label>
        <label class="stack">
          Or paste it
          <textarea class="config mono" required spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <div class="row">
          <button class="main">Check</button>
          <span class="small soft grow">Nothing is changed or kept. Ports and the journal are looked at by <span class="mono">voltloom check</span> on the machine itself.</span>
        </div>
      </form>
      <Wrong text={wrong} />
      {checked !== null && <Found checked={checked} />}
    </Panel>
  );
}

function Found({ checked }: { checked: Checked }): JSX.Element {
  return (
    <div class="stack" role="status">
      <p class={`note${checked.is_sound ? "" : " bad"}`}>
        {checked.is_sound ? `No mistake: ${plural(checked.stations_count ?? 0, "station")}, ${plural(checked.evses_count ?? 0, "outlet")}.` : plural(checked.mistakes.length, "mistake")}
        {checked.warnings.length > 0 && ` ${plural(checked.warnings.length, "warning")}.`}
      </p>
      <ul class="happened">
        {[...checked.mistakes.map((one) => ({ ...one, isWarning: false })), ...checked.warnings.map((one) => ({ ...one, isWarning: true }))].map((one, place) => (
          <li key={place}>
            <b class="mono">{one.path}</b>
            {one.value && <span class="mono"> = {one.value}</span>}
            {one.isWarning && <span class="small warm-text"> warning</span>}
            <span class="happened-more small">
              {one.problem}. <span class="soft">{one.remedy}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
