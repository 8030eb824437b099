// The limit in force at an outlet as OCPP sees it: ordered, on its way or confirmed, and what the station falls back to.
import type { JSX } from "preact";
import { head } from "../../feed/feed";
import type { OutletNow } from "../../feed/shapes";
import { amps, clockSeconds, moment } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { Panel } from "../../ui/parts";

export interface OutletOrder {
  does: "limit" | "pause" | "boost";
  limit_a: number | null;
  until_ms: number | null;
  sentence: string;
}

export interface Profile {
  evse: string;
  station: string | null;
  connector: number | null;
  version: string | null;
  transaction: string | null;
  limit_a: number;
  lease_ms: number | null;
  is_confirmed: boolean;
  confirmed_ms: number | null;
  may_draw_a: number;
  held_a: number | null;
  held_until_ms: number | null;
  offline_a: number;
  takes_limits: boolean;
  order: OutletOrder | null;
}

export function InForce({ outlet, profile }: { outlet: OutletNow; profile: Profile }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <Panel title="Profile in force">
      {!profile.takes_limits && <p class="note bad">The station takes no kind of limit here: {amps(outlet.most_a)} stay reserved.</p>}
      <dl class="facts small num">
        <dt>Limit ordered</dt>
        <dd>
          {amps(profile.limit_a)}{" "}
          <span class={profile.is_confirmed ? "confirmed" : "on-its-way"}>
            <Icon name={profile.is_confirmed ? "check" : "clock"} />
            {profile.is_confirmed ? "confirmed" : "on its way, not confirmed"}
          </span>
        </dd>
        <dt>Ends by itself</dt>
        <dd>{profile.lease_ms === null ? "never" : clockSeconds(profile.lease_ms)}</dd>
        <dt>Station holds</dt>
        <dd>{profile.held_a === null ? "not known" : `${amps(profile.held_a)}${profile.held_until_ms === null ? "" : ` until ${clockSeconds(profile.held_until_ms)}`}`}</dd>
        <dt>Falls back to</dt>
        <dd>{amps(profile.offline_a)} without the site</dd>
        <dt>Reserved for it</dt>
        <dd>up to {amps(profile.may_draw_a)}</dd>
        <dt>Station</dt>
        <dd>
          {profile.station === null ? "none is placed here" : `${profile.station}, connector ${profile.connector ?? "–"}, ${profile.version ?? "not connected"}`}
        </dd>
        {profile.confirmed_ms !== null && (
          <>
            <dt>Last confirmation</dt>
            <dd>{moment(profile.confirmed_ms, now_ms)}</dd>
          </>
        )}
      </dl>
    </Panel>
  );
}
