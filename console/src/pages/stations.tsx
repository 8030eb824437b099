// Stations: who is here, who waits for a word, who was sent away; a station of its own under its address.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayAct } from "../app";
import { ask } from "../feed/api";
import { site } from "../feed/feed";
import { href, place } from "../router";
import { useAgain } from "../ui/again";
import { amps, UNKNOWN } from "../ui/format";
import { Empty, Panel, Wrong } from "../ui/parts";
import { OneStation } from "./stations/one";
import { LinkWords } from "./stations/parts";
import { Rejected, Waiting } from "./stations/waiting";
import type { Fleet, Parked, StationDetails } from "./stations/words";
import { answerWords, nameOf, versionWord } from "./stations/words";

export function Stations(): JSX.Element {
  const [told, setTold] = useState<[Fleet, Parked[]] | null>(null);
  const [said, setSaid] = useState("");
  const { wrong, again } = useAgain(() => Promise.all([ask<Fleet>("GET", "/api/v1/fleet"), ask<Parked[]>("GET", "/api/v1/stations/parked")]), setTold);
  async function done(words: string): Promise<void> {
    setSaid(words);
    await again();
  }
  if (told === null) return <Panel title="Stations">{wrong === null ? <Empty>Reading the stations…</Empty> : <Wrong text={wrong} />}</Panel>;
  const [fleet, parked] = told;
  const { rest } = place.value;
  const notes = (
    <>
      <div role="status" class={said ? "" : "sr"}>{said && <p class="note">{said}</p>}</div>
      <Wrong text={wrong} />
    </>
  );
  if (rest)
    return (
      <>
        {notes}
        <OneStation key={rest} id={rest} station={fleet.stations.find((one) => one.id === rest)} onDone={done} />
      </>
    );
  return (
    <>
      {notes}
      {parked.length > 0 && <Waiting parked={parked} free={fleet.free_evses} onDone={done} />}
      <List stations={fleet.stations} />
      {fleet.free_evses.length > 0 && fleet.stations.length > 0 && (
        <p class="soft small">
          No station stands at {fleet.free_evses.slice(0, 12).join(", ")}
          {fleet.free_evses.length > 12 ? ` and ${fleet.free_evses.length - 12} more` : ""}.
        </p>
      )}
      {fleet.rejected.length > 0 && <Rejected rejected={fleet.rejected} onDone={done} />}
    </>
  );
}

function List({ stations }: { stations: StationDetails[] }): JSX.Element {
  const here = stations.filter((one) => one.is_connected).length;
  const aside = mayAct() && (
    <a class="button" href="/api/v1/qr-sheet" target="_blank" rel="noopener">
      QR sheet to print
    </a>
  );
  return (
    <Panel title={`Stations (${here} of ${stations.length} connected)`} aside={aside}>
      {stations.length === 0 ? (
        <Empty>
          <p>
            No station is known. Add [[station]] to the site's file, or point one at <b class="mono">{site.value?.stations_url}</b> and let it in here.
          </p>
        </Empty>
      ) : (
        <div class="wide" role="region" aria-label="All stations" tabIndex={0}>
          <table class="stations-table">
            <thead>
              <tr>
                <th>Station</th>
                <th>Link</th>
                <th>Model, firmware</th>
                <th>Protocol</th>
                <th>Outlets: may draw, draws</th>
                <th class="num">Answers in</th>
              </tr>
            </thead>
            <tbody>
              {stations.map((one) => (
                <Row key={one.id} station={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ station }: { station: StationDetails }): JSX.Element {
  return (
    <tr>
      <td>
        <a href={href("stations", station.id)}>
          <b>{nameOf(station)}</b>
        </a>
        {station.label && <div class="small soft">{station.id}</div>}
        {station.problem && <div class="small late">{station.problem}</div>}
      </td>
      <td>
        <LinkWords station={station} />
      </td>
      <td>
        {[station.vendor, station.model].filter(Boolean).join(" ") || UNKNOWN}
        {station.firmware && <div class="small soft">{station.firmware}</div>}
      </td>
      <td>
        {versionWord(station.version)}
        {station.security_profile !== null && <div class="small soft">profile {station.security_profile}</div>}
      </td>
      <td>
        {station.outlets.map((one) => (
          <div key={one.evse} class="num">
            <a href={href("live", one.evse)}>{one.evse}</a> {amps(one.may_a)}, {amps(one.draws_a)}
            {!one.is_confirmed && <span class="small warm-text"> not confirmed</span>}
          </div>
        ))}
      </td>
      <td class="num">{answerWords(station)}</td>
    </tr>
  );
}
