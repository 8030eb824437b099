// What drivers pay: the tariffs as the journal has them.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Refused } from "../../feed/api";
import { head } from "../../feed/feed";
import { moment, price } from "../../ui/format";
import { Empty, Panel, Wrong } from "../../ui/parts";

interface Tariff {
  seq: number;
  name: string;
  standing: "coming" | "in_force" | "past" | "replaced";
  begins: string;
  ends: string | null;
  currency: string;
  price_nano_per_kwh: number | null;
  charging_nano_per_h: number;
  idle_nano_per_h: number;
}

const NANO = 1e9;
const WORDS = { coming: "coming", in_force: "in force", past: "over", replaced: "replaced" };

export function Tariffs(): JSX.Element {
  const [tariffs, setTariffs] = useState<Tariff[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const now_ms = head.value?.now_ms ?? 0;
  useEffect(() => {
    ask<Tariff[]>("GET", "/api/v1/tariffs")
      .then(setTariffs)
      .catch((refused: unknown) => setWrong(refused instanceof Refused ? refused.message : String(refused)));
  }, []);
  const shown = (tariffs ?? []).filter((one) => one.standing === "coming" || one.standing === "in_force");
  const since = (one: Tariff): string => (Date.parse(one.begins) > 0 ? `from ${moment(Date.parse(one.begins), now_ms)}` : "from the start");
  return (
    <Panel title="What drivers pay">
      <Wrong text={wrong} />
      {tariffs !== null && shown.length === 0 && <Empty>No tariff: sessions get no price. Add [[tariff]] to the site's file.</Empty>}
      <ul class="happened">
        {shown.map((one) => (
          <li key={one.seq}>
            <b>{one.name || "Tariff"}</b> {WORDS[one.standing]}, {since(one)}
            {one.ends !== null && ` until ${moment(Date.parse(one.ends), now_ms)}`}
            <span class="happened-more small num">
              {one.price_nano_per_kwh === null ? "no price now" : `${price(one.price_nano_per_kwh / NANO, one.currency)} now`}
              {one.charging_nano_per_h > 0 && `, ${(one.charging_nano_per_h / NANO).toFixed(2)} ${one.currency} an hour while charging`}
              {one.idle_nano_per_h > 0 && `, ${(one.idle_nano_per_h / NANO).toFixed(2)} ${one.currency} an hour afterwards`}
            </span>
          </li>
        ))}
      </ul>
      {head.value?.price_per_kwh !== null && <p class="small soft">The site itself pays {price(head.value?.price_per_kwh, head.value?.currency)} now.</p>}
    </Panel>
  );
}
