// Outlets where they stand on the plan of the car park, by the places in the site's file.
import type { JSX } from "preact";
import { role, site } from "../../feed/feed";
import type { OutletNow, Picture, Standing } from "../../feed/shapes";
import { href } from "../../router";
import { kw, number } from "../../ui/format";
import { lookColour, lookWords, Icon } from "../../ui/icons";
import { Empty } from "../../ui/parts";
import { isLate } from "./attention";
import { PictureForm } from "./picture";

const TILE_PX = { width: 84, height: 66 };

export function PlanView({ shown }: { shown: OutletNow[] }): JSX.Element {
  const standings = site.value?.standings ?? [];
  const picture = site.value?.picture ?? null;
  const shownOf = new Map(shown.map((one) => [one.id, one]));
  if (standings.length === 0) return <Empty>The site's file does not say where its outlets stand: write x_m and y_m into [[site.evse]].</Empty>;
  const corners = picture === null ? [] : cornersOf(picture);
  const left = Math.min(...standings.map((one) => one.x_m), ...corners.map((one) => one.x_m));
  const top = Math.min(...standings.map((one) => one.y_m), ...corners.map((one) => one.y_m));
  const scale = scaled(standings, picture !== null);
  const width = Math.max(...standings.map((one) => (one.x_m - left) * scale.x + TILE_PX.width), ...corners.map((one) => (one.x_m - left) * scale.x));
  const height = Math.max(...standings.map((one) => (one.y_m - top) * scale.y + TILE_PX.height), ...corners.map((one) => (one.y_m - top) * scale.y));
  const without = shown.filter((one) => !standings.some(({ id }) => id === one.id));
  return (
    <>
      <div class="wide" role="region" aria-label="Plan of the car park" tabIndex={0}>
        <div class="park" style={{ width: `${width}px`, height: `${height}px` }}>
          {picture !== null && (
            <img
              class="park-picture"
              alt=""
              src={`/api/v1/plan-picture/${picture.version}`}
              style={{
                left: `${(picture.stands.left_m - left) * scale.x}px`,
                top: `${(picture.stands.top_m - top) * scale.y}px`,
                width: `${picture.stands.width_m * scale.x}px`,
                height: `${picture.stands.width_m * picture.height_ratio * scale.y}px`,
              }}
            />
          )}
          {standings.map((place) => {
            const outlet = shownOf.get(place.id);
            const at = { left: `${(place.x_m - left) * scale.x}px`, top: `${(place.y_m - top) * scale.y}px` };
            return outlet ? <Tile key={place.id} outlet={outlet} at={at} /> : <span key={place.id} class="tile away" style={at}>{place.id}</span>;
          })}
        </div>
      </div>
      {without.length > 0 && <p class="soft small">Not on the plan: {without.map((one) => one.id).join(", ")}.</p>}
      {role.value === "admin" && <PictureForm picture={picture} />}
    </>
  );
}

function cornersOf(picture: Picture): { x_m: number; y_m: number }[] {
  const { left_m, top_m, width_m } = picture.stands;
  return [
    { x_m: left_m, y_m: top_m },
    { x_m: left_m + width_m, y_m: top_m + width_m * picture.height_ratio },
  ];
}

function Tile({ outlet, at }: { outlet: OutletNow; at: { left: string; top: string } }): JSX.Element {
  const colour = lookColour(outlet.look);
  const { word, icon } = lookWords(outlet.look);
  return (
    <a class={`tile ${outlet.look === "offline" ? "gone" : ""}`} href={href("live", outlet.id, { as: "plan" })} title={`${outlet.id}: ${word}`} style={{ ...at, borderTopColor: colour }}>
      <span class="row">
        <b>{outlet.id}</b>
        <span style={{ color: colour }}>
          <Icon name={icon} />
          <span class="sr">{word}</span>
        </span>
        {isLate(outlet) && (
          <span class="late">
            <Icon name="clock" />
            <span class="sr">late</span>
          </span>
        )}
      </span>
      <span class="num fades">{outlet.visit === null ? <span class="sr">free</span> : outlet.draws_kw === null ? kw(null) : <b>{number(outlet.draws_kw)} kW</b>}</span>
    </a>
  );
}

/** Pixels for a metre, each way: tiles do not cover each other, and an aisle stays wider than the gap between two outlets. A picture is as wide as high. */
function scaled(standings: Standing[], isEven: boolean): { x: number; y: number } {
  const x = (TILE_PX.width + 4) / nearest(standings.map((one) => one.x_m));
  const y = Math.max((TILE_PX.height + 8) / nearest(standings.map((one) => one.y_m)), x / 3);
  return isEven ? { x: Math.max(x, y), y: Math.max(x, y) } : { x, y };
}

function nearest(places_m: number[]): number {
  const sorted = [...new Set(places_m)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((place, at) => place - (sorted[at] ?? 0));
  return gaps.length === 0 ? 1 : Math.min(...gaps);
}
