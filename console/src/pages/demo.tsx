import type { JSX } from "preact";

export function DemoBar(): JSX.Element {
  return <div />;
}
