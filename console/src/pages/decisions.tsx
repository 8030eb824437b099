import type { JSX } from "preact";

export function Decisions(): JSX.Element {
  return <div />;
}
