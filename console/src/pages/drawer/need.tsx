// What a driver wants, changed by an operator: energy and departure; what else was stated stays.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, worded } from "../../feed/api";
import { head } from "../../feed/feed";
import type { VisitNow } from "../../feed/shapes";
import { clock, duration, kwh, moment } from "../../ui/format";
import { Wrong } from "../../ui/parts";

const MINUTE_MS = 60_000;
const DAY_MIN = 24 * 60;

interface Need {
  energy_wh: number | null;
  departure: string | null;
  soc_ratio: number | null;
  floor_ratio: number | null;
  battery_wh: number | null;
}
interface Session {
  id: string;
  need: Need;
}

export function NeedForm({ visit, onDone }: { visit: VisitNow; onDone: () => void }): JSX.Element {
  const [energy_kwh, setEnergy] = useState(visit.need_kwh === null ? "" : String(Math.round(visit.need_kwh * 10) / 10));
  const [leaves, setLeaves] = useState(visit.departs_ms === null ? "" : clock(visit.departs_ms));
  const [wrong, setWrong] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const now_ms = head.value?.now_ms ?? 0;
  const departs_ms = leaves === "" ? null : nextAt(leaves, now_ms);

  async function save(): Promise<void> {
    try {
      const sessions = await ask<Session[]>("GET", "/api/v1/sessions");
      const before = sessions.find((one) => one.id === visit.id)?.need;
      await ask("PUT", `/api/v1/sessions/${visit.id.split("/").map(encodeURIComponent).join("/")}/need`, {
        ...before,
        energy_wh: energy_kwh === "" ? null : Number(energy_kwh) * 1000,
        departure: departs_ms === null ? null : new Date(departs_ms).toISOString(),
      });
      setSaved(true);
      setWrong(null);
    } catch (refused) {
      setWrong(worded(refused));
    }
  }
  if (isSaved)
    return (
      <div class="row small deed" role="status">
        <span class="grow">
          Stated. The site now says: {visit.done_ms === null ? "nobody can say yet when it is done" : `done ${moment(visit.done_ms, now_ms)}`}
          {visit.late_min > 0 && `, ${duration(visit.late_min * 60_000)} late`}
          {visit.short_kwh !== null && `, ${kwh(visit.short_kwh)} short`}.
        </span>
        <button type="button" onClick={onDone}>
          Done
        </button>
      </div>
    );
  return (
    <form
      class="row small deed"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label>
        Energy
        <input class="short" type="number" min={0.1} max={300} step={0.1} value={energy_kwh} onInput={(event) => setEnergy(event.currentTarget.value)} />
        kWh since plug-in
      </label>
      <label>
        Leaves
        <input type="time" value={leaves} onInput={(event) => setLeaves(event.currentTarget.value)} />
      </label>
      <button class="main">Save</button>
      <span class="soft">{departs_ms === null ? "No departure: it is not known." : `That is ${moment(departs_ms, now_ms)}.`} An empty field is unknown.</span>
      <Wrong text={wrong} />
    </form>
  );
}

/** The next moment at which the site's clock shows a time such as 17:30. */
export function nextAt(shown: string, now_ms: number): number {
  const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const ahead = (from_ms: number): number => (minutes(shown) - minutes(clock(from_ms)) + DAY_MIN) % DAY_MIN;
  const start_ms = Math.floor(now_ms / MINUTE_MS) * MINUTE_MS;
  const found_ms = start_ms + (ahead(start_ms) || DAY_MIN) * MINUTE_MS;
  const off = ahead(found_ms); // clocks that were put forward or back between the two
  return found_ms + (off > DAY_MIN / 2 ? off - DAY_MIN : off) * MINUTE_MS;
}
