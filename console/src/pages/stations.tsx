import type { JSX } from "preact";

export function Stations(): JSX.Element {
  return <div />;
}
