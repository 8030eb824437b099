// What the list of stations and the page of one share.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { head } from "../../feed/feed";
import { duration, moment, plural } from "../../ui/format";
import { Icon } from "../../ui/icons";
import type { StationDetails } from "./words";

const AGAIN_MS = 3_000;

/** Call something now and every AGAIN_MS while a page is shown. */
export function useAgain(work: () => Promise<void>, of: string): void {
  useEffect(() => {
    void work();
    const timer = window.setInterval(() => void work(), AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [of]);
}

export function LinkWords({ station }: { station: StationDetails }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  if (station.is_connected)
    return (
      <>
        <span class="look link-good">
          <Icon name="check" />
          Connected
        </span>
        <div class="small soft num">since {moment(station.connected_ms, now_ms)}</div>
      </>
    );
  return (
    <>
      <span class="look late-look">
        <Icon name="crossed" />
        Offline
      </span>
      <div class="small soft num">{station.last_seen_ms === null ? "never seen" : `seen ${moment(station.last_seen_ms, now_ms)}, ${duration(now_ms - station.last_seen_ms)} ago`}</div>
      {station.open_commands_count > 0 && <div class="small">{plural(station.open_commands_count, "command")} open</div>}
    </>
  );
}
