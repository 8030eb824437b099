// What a run came to: the verdict first, then each policy's numbers, then the paired differences.
import type { JSX } from "preact";
import { mayAct } from "../../app";
import { href } from "../../router";
import { duration, kw, kwh, number, percent, plural } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { Sensitivity } from "./sweeps";
import { faultWords, ownName, PATH } from "./shapes";
import type { Contestant, Difference, Result, Row, Run } from "./shapes";
import { TradeOff } from "./trade";

export function ResultView({ run, result, isShort }: { run: Run; result: Result; isShort: boolean }): JSX.Element {
  return (
    <>
      <p class={`verdict note ${result.outcome === "none_safe" ? "bad" : ""}`}>{result.headline}</p>
      <ul class="plain">
        {result.reasons.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <Numbers run={run} result={result} />
      {result.differences.length > 0 && <Differences all={result.differences} confidence={result.confidence} />}
      <TradeOff result={result} />
      <Sensitivity result={result} />
      <h3>What would change it</h3>
      <ul class="plain">
        {result.what_would_change_it.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      {result.notes.length > 0 && (
        <details>
          <summary>What is taken for granted ({result.notes.length})</summary>
          <ul class="plain small">
            {result.notes.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </details>
      )}
      {mayAct() && !isShort && <Canaries policies={run.policies} />}
    </>
  );
}

function money(minor: number | null, result: Result): string {
  if (minor === null) return "–";
  return `${(minor / 10 ** result.minor_digits).toLocaleString("en", { minimumFractionDigits: result.minor_digits, maximumFractionDigits: result.minor_digits })} ${result.currency}`;
}

function Numbers({ run, result }: { run: Run; result: Result }): JSX.Element {
  const hasLevels = manyLevels(result.rows);
  const columns: [string, (row: Row) => string][] = [
    ["Energy", (row) => `${kwh(row.energy_kwh)} (${percent(row.delivered_ratio)})`],
    ["Unmet", (row) => `${number(row.unmet_count, 0)} of ${number(row.visits_count, 0)}`],
    ["Late", (row) => (row.stated_count ? `${number(row.late_count, 0)} of ${number(row.stated_count, 0)}` : "–")],
    ["Wait, slowest 5 %", (row) => (row.wait_s === null ? "–" : duration(row.wait_s * 1000))],
    ["Peak", (row) => kw(row.peak_kw)],
    ["Cost", (row) => money(row.cost_minor, result)],
    ["Overload", (row) => (row.overload_s > 0 ? duration(row.overload_s * 1000) : "none")],
    ["Changes an hour", (row) => number(row.changes_per_h)],
  ];
  const inScenario = run.scenario !== "";
  return (
    <>
      <div class="wide" role="region" aria-label="Numbers of each policy" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Under</th>
              {hasLevels && <th>Faults</th>}
              {columns.map(([word]) => (
                <th key={word} class="num">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {result.rows.map((row) => (
              <tr key={`${row.label}/${row.faults}`}>
                <th scope="row" class={row.label === result.recommended ? "chosen" : ""}>
                  {row.label}
                  {row.broke && <p class="small bad-text">Stopped: {row.broke}</p>}
                </th>
                {hasLevels && <td>{faultWords(row.faults)}</td>}
                {columns.map(([word, value]) => (
                  <td key={word} class="num">
                    {value(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="small soft">
        {result.recorded_kwh !== null && `Really delivered to these visits: ${kwh(result.recorded_kwh)}. `}
        Unmet: got under 99 % of what the car could have taken while it was here; late: under 99 % of what it stated, – where nobody stated anything. Changes are of each vehicle.{" "}
        {!inScenario && "Whoever is still here is taken to leave now: what is not done yet counts as unmet and late. "}
        {result.rows.some(({ faults }) => faults !== "none") && "Faults are drawn by one seed, the same for all. "}
        {!inScenario && "All rows are played, also that of the policy in force."}
      </p>
    </>
  );
}

const manyLevels = (all: { faults: string }[]): boolean => new Set(all.map(({ faults }) => faults)).size > 1 || all.some(({ faults }) => faults !== "none");

const SHOWS: Record<Difference["shows"], { word: string; kind: string; icon: string }> = {
  better: { word: "better", kind: "good-text", icon: "check" },
  worse: { word: "worse", kind: "bad-text", icon: "triangle" },
  too_small: { word: "too small to matter", kind: "soft", icon: "ring" },
  not_shown: { word: "no difference shown", kind: "soft", icon: "ring" },
};

function Differences({ all, confidence }: { all: Difference[]; confidence: string }): JSX.Element {
  const hasLevels = manyLevels(all);
  return (
    <>
      <h3>Paired differences on the same visits</h3>
      <div class="wide" role="region" aria-label="Paired differences" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Difference</th>
              {hasLevels && <th>Faults</th>}
              <th>In</th>
              <th>Shows</th>
              <th class="num">Mean</th>
              <th class="num">Interval</th>
            </tr>
          </thead>
          <tbody>
            {all.map((one) => {
              const { word, kind, icon } = SHOWS[one.shows];
              return (
                <tr key={`${one.challenger}/${one.champion}/${one.faults}/${one.metric}`}>
                  <td>
                    {one.challenger} − {one.champion}
                  </td>
                  {hasLevels && <td>{faultWords(one.faults)}</td>}
                  <td>{one.metric}</td>
                  <td class={kind}>
                    <Icon name={icon} /> {word}
                  </td>
                  <td class="num">{one.mean}</td>
                  <td class="num">
                    {one.low} to {one.high}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="small soft">{confidence} An interval that spans zero shows no difference.</p>
    </>
  );
}

function Canaries({ policies }: { policies: Contestant[] }): JSX.Element {
  return (
    <>
      <h3>Open as policy canary</h3>
      <div class="row">
        {policies.map((one) => (
          <a key={one.label} class="button" href={href("policies", "", { architecture: one.architecture, name: ownName(one) || one.architecture, ...asTexts(one.parameters) })}>
            {one.label}
          </a>
        ))}
      </div>
    </>
  );
}

function asTexts(parameters: Contestant["parameters"]): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
}

/** How far a run is, or why there is no result. */
export function Standing({ run }: { run: Run }): JSX.Element | null {
  if (run.state === "waiting") return <p role="status">Waits for its turn: {run.place <= 1 ? "it is next" : `place ${run.place}`}.</p>;
  if (run.state === "running")
    return (
      <div class="stack">
        <p>
          {run.done_ratio >= 1 ? "Writing the report" : run.done_ratio > 0 ? `${percent(run.done_ratio)} played` : "Starting its process"}
          {run.visits_count > 0 && `: ${plural(run.visits_count, "visit")} under ${plural(run.policies.length, "policy", "policies")}`}
        </p>
        <progress max={1} value={run.done_ratio} aria-label="How far the run is" />
      </div>
    );
  if (run.failure === null) return null;
  const { why, policy, faults, seed, log } = run.failure;
  return (
    <div class="stack">
      <p class="note bad" role="alert">
        The run failed{policy && ` under ${policy}`}
        {faults && faults !== "none" && `, faults ${faults}`}
        {seed !== null && `, seed ${seed}`}: {why}
      </p>
      {run.papers.includes("log") && (
        <p>
          <a href={`${PATH}/${run.id}/log`} download>
            The whole log
          </a>
        </p>
      )}
      {log.length > 0 && (
        <details open>
          <summary>The end of its log</summary>
          <pre class="log mono" tabIndex={0}>
            {log.join("\n")}
          </pre>
        </details>
      )}
    </div>
  );
}
