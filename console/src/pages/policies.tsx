import type { JSX } from "preact";

export function Policies(): JSX.Element {
  return <div />;
}
