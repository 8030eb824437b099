// One outlet: what it does, why, what it did, and what an operator may tell it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../app";
import { ask } from "../feed/api";
import { head, outlets } from "../feed/feed";
import type { OutletNow } from "../feed/shapes";
import { useAgain } from "../ui/again";
import { amps, duration, kw, kwh, moment, percent } from "../ui/format";
import { Icon, Look } from "../ui/icons";
import { Drawer, Empty, Panel, Wrong } from "../ui/parts";
import { reasonWords } from "../ui/words";
import { Actions } from "./drawer/actions";
import { CurvePanel } from "./drawer/curve";
import { OutletDecisions } from "./drawer/decisions";
import { Messages } from "./drawer/messages";
import { LeftFor } from "./live/left";
import { InForce } from "./drawer/profile";
import type { Profile } from "./drawer/profile";

const AGAIN_MS = 2_000;

export function OutletDrawer(props: { outlet: string; onClose: () => void }): JSX.Element {
  const found = outlets.value.find((one) => one.id === props.outlet);
  return (
    <Drawer title={<>Outlet {props.outlet}</>} label={`Outlet ${props.outlet}`} onClose={props.onClose}>
      {found === undefined ? <Empty>There is no outlet called {props.outlet} on this site.</Empty> : <Opened key={found.id} outlet={found} />}
    </Drawer>
  );
}

function Opened({ outlet }: { outlet: OutletNow }): JSX.Element {
  const [profile, setProfile] = useState<Profile | null>(null);
  const { wrong, again } = useAgain(() => ask<Profile>("GET", `/api/v1/evses/${encodeURIComponent(outlet.id)}/profile`), setProfile, outlet.id, AGAIN_MS);
  if (profile === null && wrong === null) return <Empty>Reading the outlet…</Empty>;
  return (
    <>
      <Now outlet={outlet} profile={profile} />
      <Wrong text={wrong} />
      {mayAct() && profile && <Actions outlet={outlet} profile={profile} onDone={() => void again()} />}
      <CurvePanel outlet={outlet} />
      {profile && <InForce outlet={outlet} profile={profile} />}
      <OutletDecisions outlet={outlet.id} />
      {outlet.station && <Messages station={outlet.station} />}
    </>
  );
}

function Now({ outlet, profile }: { outlet: OutletNow; profile: Profile | null }): JSX.Element {
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <Panel title="Now">
      <div class="row">
        <Look look={outlet.look} />
        <span class="big">{kw(outlet.draws_kw)}</span>
        {outlet.is_canary && <span class="tag">on trial</span>}
      </div>
      {outlet.sentence && <p>{outlet.sentence}</p>}
      <LeftFor outlets={[outlet]} />
      {profile?.order && profile.order.sentence !== outlet.sentence && (
        <p class="note warm">
          <Icon name="clock" /> {profile.order.sentence}
        </p>
      )}
      <dl class="facts small num">
        <dt>Draws, may draw</dt>
        <dd>
          {amps(outlet.draws_a)} of {amps(outlet.may_a)} on {outlet.phases === 1 ? "1 phase" : `${outlet.phases} phases`}
        </dd>
        <dt>Cause</dt>
        <dd>{outlet.cause ? reasonWords(outlet.cause, outlet.boosted) : "–"}</dd>
        <dt>Reading</dt>
        <dd>{outlet.sampled_ms === null ? "none yet" : `${duration(now_ms - outlet.sampled_ms)} old`}</dd>
      </dl>
      {outlet.visit ? <Visit outlet={outlet} /> : <p class="small soft">No car is plugged in.</p>}
    </Panel>
  );
}

function Visit({ outlet }: { outlet: OutletNow }): JSX.Element | null {
  const now_ms = head.value?.now_ms ?? 0;
  const visit = outlet.visit;
  if (visit === null) return null;
  const isMet = visit.need_kwh !== null && visit.energy_kwh !== null && visit.energy_kwh >= visit.need_kwh;
  return (
    <>
      <h3>This visit</h3>
      <dl class="facts small num">
        <dt>Energy</dt>
        <dd>
          {kwh(visit.energy_kwh)} of {visit.need_kwh === null ? "as much as it takes" : kwh(visit.need_kwh)}
        </dd>
        <dt>Promise</dt>
        <dd>
          {isMet ? "done" : visit.done_ms === null ? "nobody can say yet" : `done ${moment(visit.done_ms, now_ms)}`}
          {visit.late_min > 0 && (
            <b class="late">
              <Icon name="clock" />
              {duration(visit.late_min * 60_000)} late
            </b>
          )}
          {visit.short_kwh !== null && <b class="late">{kwh(visit.short_kwh)} short at departure</b>}
        </dd>
        <dt>Arrived, leaves</dt>
        <dd>
          {moment(visit.arrived_ms, now_ms)}, {visit.departs_ms === null ? "not told" : moment(visit.departs_ms, now_ms)}
        </dd>
        {visit.queue_place !== null && (
          <>
            <dt>Queue</dt>
            <dd>
              place {visit.queue_place}
              {visit.starts_ms !== null && `, begins about ${moment(visit.starts_ms, now_ms)}`}
            </dd>
          </>
        )}
        <dt>State of charge</dt>
        <dd>{percent(visit.soc_ratio)}</dd>
        <dt>Driver, session</dt>
        <dd>
          {visit.id_token || "–"}, <span class="mono">{visit.id}</span>
        </dd>
      </dl>
    </>
  );
}
