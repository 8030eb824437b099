// What each architecture does, in a line of the site's own words.
import type { JSX } from "preact";

export function Explained({ all }: { all: Record<string, string> }): JSX.Element {
  return (
    <details class="small">
      <summary>What each of them does</summary>
      <dl class="facts">
        {Object.entries(all).map(([name, words]) => (
          <>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </>
        ))}
      </dl>
    </details>
  );
}
