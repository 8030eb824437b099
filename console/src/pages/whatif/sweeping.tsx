// What would change the verdict: which one or two things get worse, and to what values.
import type { JSX } from "preact";
import { plural } from "../../ui/format";
import type { Asked, Parameter } from "./shapes";

/** The values as they were typed, by parameter. */
export type Typed = Record<string, string>;
const MOST = 2;
const MOST_VALUES = 6;
const LOOKS = 2;
const SAYS: Record<string, { label: string; unit: string; toValue: (typed: number) => number; toTyped: (value: number) => number }> = {
  meter_delay: { label: "Meters show what was some time ago", unit: "s", toValue: (typed) => typed, toTyped: (value) => value },
  message_delay: { label: "Every message takes longer", unit: "s", toValue: (typed) => typed, toTyped: (value) => value },
  message_loss: { label: "Messages are lost", unit: "% of them", toValue: (typed) => typed / 100, toTyped: (value) => Math.round(value * 100) },
  growth: { label: "More cars come", unit: "% more visits", toValue: (typed) => 1 + typed / 100, toTyped: (value) => Math.round((value - 1) * 100) },
};

const says = (one: Parameter): (typeof SAYS)[string] => SAYS[one.parameter] ?? { label: one.word, unit: one.unit, toValue: (typed) => typed, toTyped: (value) => value };
const usual = (one: Parameter): string => one.values.map(says(one).toTyped).join(", ");
const parts = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);
const chosen = (parameters: Parameter[], typed: Typed): Parameter[] => parameters.filter(({ parameter }) => parameter in typed);

export function asked(parameters: Parameter[], typed: Typed): NonNullable<Asked["sensitivity"]> {
  return chosen(parameters, typed).map((one) => ({
    parameter: one.parameter,
    values: parts(typed[one.parameter] ?? "").map((part) => Number(says(one).toValue(Number(part)).toPrecision(10))),
  }));
}

/** What is wrong with what was typed, null where nothing is. */
export function unreadable(parameters: Parameter[], typed: Typed): string | null {
  for (const one of chosen(parameters, typed)) {
    const { toTyped, toValue, unit } = says(one);
    const values = parts(typed[one.parameter] ?? "");
    if (values.length > MOST_VALUES) return `${one.word}: at most ${MOST_VALUES} values.`;
    const odd = values.find((part) => !(toValue(Number(part)) >= one.least - 1e-9 && toValue(Number(part)) <= one.most + 1e-9));
    if (odd !== undefined) return `${one.word}: ${odd} must be a number from ${toTyped(one.least)} to ${toTyped(one.most)} ${unit}.`;
  }
  return null;
}

interface Chosen {
  parameters: Parameter[];
  typed: Typed;
  onChange: (typed: Typed) => void;
  policiesCount: number;
}

export function Sweeps({ parameters, typed, onChange, policiesCount }: Chosen): JSX.Element {
  const count = Object.keys(typed).length;
  const points = chosen(parameters, typed).reduce((sum, one) => sum + (parts(typed[one.parameter] ?? "").length || one.values.length) + LOOKS, 0);
  function toggle(one: Parameter): void {
    const { [one.parameter]: before, ...rest } = typed;
    onChange(before === undefined ? { ...typed, [one.parameter]: usual(one) } : rest);
  }
  return (
    <fieldset>
      <legend>What would change the verdict</legend>
      <div class="sweeps">
        {parameters.map((one) => (
          <div key={one.parameter} class="row">
            <label>
              <input type="checkbox" checked={one.parameter in typed} disabled={!(one.parameter in typed) && count >= MOST} onChange={() => toggle(one)} /> {says(one).label}
            </label>
            {one.parameter in typed && (
              <label>
                by
                <input
                  inputMode="decimal"
                  aria-label={`${says(one).label}: values, ${says(one).unit}`}
                  value={typed[one.parameter] ?? ""}
                  onInput={(event) => onChange({ ...typed, [one.parameter]: event.currentTarget.value })}
                />
                {says(one).unit}
              </label>
            )}
          </div>
        ))}
      </div>
      <p class="small soft">
        {count === 0
          ? "Up to two things that get worse step by step: where does the verdict flip?"
          : `At most ${plural((points + 1) * policiesCount, "more run")} of at most a week each, on the first level of faults.`}
      </p>
    </fieldset>
  );
}
