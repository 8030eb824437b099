// Whether a station is here, for the list and for its own page.
import type { JSX } from "preact";
import { head } from "../../feed/feed";
import { duration, moment, plural } from "../../ui/format";
import { Icon } from "../../ui/icons";
import type { StationDetails } from "./words";

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
