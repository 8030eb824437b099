// Pages and drawers whose code is fetched when they are first shown, so that the site is seen before all else has come.
import { signal } from "@preact/signals";
import type { FunctionComponent, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Empty } from "./parts";

/** A part that fetches itself. What was fetched stays. */
export function lazily<Props extends object = object>(fetching: () => Promise<FunctionComponent<Props>>): FunctionComponent<Props> {
  const found = signal<FunctionComponent<Props> | null>(null);
  const isLost = signal(false);
  function read(): void {
    isLost.value = false;
    fetching().then(
      (page) => (found.value = page),
      () => (isLost.value = true),
    );
  }
  return function Fetched(props: Props): JSX.Element {
    const Page = found.value;
    useEffect(() => {
      if (found.value === null) read();
    }, []);
    if (Page !== null) return <Page {...props} />;
    if (!isLost.value) return <Empty>Reading the page…</Empty>;
    return (
      <Empty>
        <p>This page could not be fetched: the site does not answer, or Voltloom was renewed.</p>
        <button type="button" onClick={() => location.reload()}>
          Load it again
        </button>
      </Empty>
    );
  };
}
