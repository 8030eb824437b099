// What is left for cars that wait: what flows is not all that is taken, for others may still draw what is reserved for them.
import type { JSX } from "preact";
import { nodes, outlets } from "../../feed/feed";
import type { OutletNow } from "../../feed/shapes";
import { amps, plural } from "../../ui/format";

const NAMED_COUNT = 3;
const SEEN_A = 0.3;

/** For each row that holds one of these outlets at nothing: what is free, what of that is reserved and for whom, what is left. */
export function LeftFor({ outlets: asked }: { outlets: OutletNow[] }): JSX.Element {
  const rows = [...new Set(asked.filter((one) => one.look === "paused").map((one) => one.limit))];
  return (
    <>
      {rows.map((row) => {
        const words = row === null ? null : wordsOf(row);
        return words === null ? null : (
          <p key={row} class="small soft num">
            {words}
          </p>
        );
      })}
    </>
  );
}

function wordsOf(row: string): string | null {
  const [circuit, phase] = row.split("/");
  const node = nodes.value.find((one) => one.id === circuit && one.kind === "circuit");
  const found = node?.phases.find((one) => one.phase === phase);
  if (node === undefined || found === undefined || found.worst_a === null) return null;
  const limit_a = found.limit_a ?? found.rating_a;
  const left = `${amps(Math.max(0, limit_a - Math.max(found.worst_a, found.load_a ?? 0)))} left to give at ${node.id} ${phase}`;
  const reserved = outlets.value
    .filter((one) => isBelow(one.node, node.id))
    .map((one) => ({ name: one.id, more_a: one.reserved_a - Math.max(0, one.draws_a ?? 0) }))
    .filter((one) => one.more_a >= SEEN_A)
    .sort((one, other) => other.more_a - one.more_a);
  const named = reserved.slice(0, NAMED_COUNT).map((one) => `${one.name} (${amps(one.more_a)})`);
  if (reserved.length > NAMED_COUNT) named.push(plural(reserved.length - NAMED_COUNT, "other"));
  if (found.load_a === null) return named.length === 0 ? `${left}.` : `${left}. Reserved beyond what they draw: ${named.join(", ")}.`;
  const building_a = found.worst_a - found.load_a - reserved.reduce((sum, one) => sum + one.more_a, 0);
  if (building_a >= 1) named.push(`the building (${amps(building_a)})`);
  const free = `${amps(Math.max(0, limit_a - found.load_a))} that do not flow`;
  return named.length === 0 ? `${left}.` : `${left} of ${free}: reserved beyond what they draw for ${named.join(", ")}.`;
}

function isBelow(circuit: string, above: string): boolean {
  for (let at: string | null = circuit; at !== null; at = nodes.value.find((one) => one.id === at)?.parent ?? null) if (at === above) return true;
  return false;
}
