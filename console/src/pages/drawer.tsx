// One outlet: what it does, why, what it did, and what an operator may tell it.
import type { JSX } from "preact";
import { head, outlets } from "../feed/feed";
import { amps, duration, kw, kwh, moment, percent } from "../ui/format";
import { Look } from "../ui/icons";
import { Drawer, Empty, Panel } from "../ui/parts";
import { causeWord } from "../ui/words";

export function OutletDrawer(props: { outlet: string; onClose: () => void }): JSX.Element {
  const found = outlets.value.find((one) => one.id === props.outlet);
  const now_ms = head.value?.now_ms ?? 0;
  return (
    <Drawer title={<>Outlet {props.outlet}</>} label={`Outlet ${props.outlet}`} onClose={props.onClose}>
      {found === undefined ? (
        <Empty>There is no outlet called {props.outlet} on this site.</Empty>
      ) : (
        <>
          <Panel title="Now">
            <div class="row">
              <Look look={found.look} />
              <span class="big">{kw(found.draws_kw)}</span>
            </div>
            {found.sentence && <p>{found.sentence}</p>}
            <dl class="facts small num">
              <dt>Draws, may draw</dt>
              <dd>
                {amps(found.draws_a)} of {amps(found.may_a)} on {found.phases} phases
              </dd>
              <dt>Cause</dt>
              <dd>{found.cause ? causeWord(found.cause) : "–"}</dd>
              <dt>Reading</dt>
              <dd>{found.sampled_ms === null ? "none yet" : `${duration(now_ms - found.sampled_ms)} old`}</dd>
              <dt>Station</dt>
              <dd>{found.station ?? "none is placed here"}</dd>
              {found.visit && (
                <>
                  <dt>Energy</dt>
                  <dd>
                    {kwh(found.visit.energy_kwh)} of {kwh(found.visit.need_kwh)}
                  </dd>
                  <dt>State of charge</dt>
                  <dd>{percent(found.visit.soc_ratio)}</dd>
                  <dt>Arrived, leaves</dt>
                  <dd>
                    {moment(found.visit.arrived_ms, now_ms)}, {moment(found.visit.departs_ms, now_ms)}
                  </dd>
                </>
              )}
            </dl>
          </Panel>
        </>
      )}
    </Drawer>
  );
}
