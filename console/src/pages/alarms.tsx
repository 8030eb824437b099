import type { JSX } from "preact";

export function Alarms(): JSX.Element {
  return <div />;
}
