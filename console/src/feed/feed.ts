// The state of the site: begun with what stands in the page, kept up by ticks, fetched anew after a gap.
import { batch, signal } from "@preact/signals";
import { zone } from "../ui/zone";
import type { AlarmNow, BatteryNow, Change, Head, NodeNow, OutletNow, PlanPoint, Point, Site, Snapshot, Tick } from "./shapes";

export type Link = "live" | "late" | "lost" | "refused";

const LATE_AFTER_MS = 4_000;
const HIDDEN_AFTER_MS = 30_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];
const CHANGES_KEPT = 400;
const POINTS_KEPT = 2_000;

export const site = signal<Site | null>(null);
export const role = signal("");
export const head = signal<Head | null>(null);
export const nodes = signal<NodeNow[]>([]);
export const batteries = signal<BatteryNow[]>([]);
export const outlets = signal<OutletNow[]>([]);
export const points = signal<Point[]>([]);
export const plan = signal<PlanPoint[]>([]);
export const changes = signal<Change[]>([]);
export const alarms = signal<AlarmNow[]>([]);
export const link = signal<Link>("lost");
/** Real milliseconds since the last word of the site. */
export const silent_ms = signal(0);

let seq = 0;
let heardAt = 0;
let socket: WebSocket | null = null;
let tries = 0;
let hiddenTimer = 0;
let waiting: Tick[] | null = null;
let isFollowing = false;

/** Take a whole state. Newest changes come first in `changes`. */
export function begin(snapshot: Snapshot): void {
  seq = snapshot.seq;
  batch(() => {
    site.value = snapshot.site;
    zone.value = snapshot.site.time_zone;
    role.value = snapshot.role;
    head.value = snapshot.head;
    nodes.value = snapshot.nodes;
    batteries.value = snapshot.batteries;
    outlets.value = snapshot.outlets;
    points.value = snapshot.points;
    plan.value = snapshot.plan;
    changes.value = [...snapshot.changes].reverse();
    alarms.value = snapshot.alarms;
  });
}

/** Open the feed and keep it open; a tab that is hidden for long lets it go. */
export function follow(): void {
  link.value = "live";
  heardAt = performance.now();
  connect();
  if (isFollowing) return;
  isFollowing = true;
  window.setInterval(watch, 500);
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = window.setTimeout(() => socket?.close(), HIDDEN_AFTER_MS);
    else if (socket === null) connect();
  });
}

/** Return the word of the page that was refused, so that it asks for a key. */
export async function fetched(): Promise<boolean> {
  const answer = await fetch("/api/v1/console", { cache: "no-store" });
  if (answer.status === 401 || answer.status === 403) {
    link.value = "refused";
    return false;
  }
  if (!answer.ok) throw new Error(`the site answered ${answer.status}`);
  begin((await answer.json()) as Snapshot);
  return true;
}

function connect(): void {
  if ((document.hidden && tries > 0) || link.value === "refused") return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const opened = new WebSocket(`${scheme}://${location.host}/api/v1/console/feed?after=${seq}`);
  socket = opened;
  waiting = null;
  opened.onmessage = (event) => hear(JSON.parse(String(event.data)) as Tick | { type: "resync" });
  opened.onclose = (event) => {
    if (socket === opened) socket = null;
    if (event.code === 4401) void returned();
    else again();
  };
}

function again(): void {
  link.value = "lost";
  if (!document.hidden) window.setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
}

/** The login that was followed with has ended: go on with the one of now, or ask for a key. */
async function returned(): Promise<void> {
  try {
    if (await fetched()) again();
  } catch {
    again();
  }
}

async function resync(): Promise<void> {
  waiting = waiting ?? [];
  try {
    if (!(await fetched())) return;
  } catch {
    socket?.close();
    return;
  }
  const late = waiting ?? [];
  waiting = null;
  for (const tick of late) if (tick.seq > seq) take(tick);
  heard();
}

function hear(message: Tick | { type: "resync" }): void {
  if (message.type === "resync") {
    if (waiting === null) void resync();
  } else if (waiting !== null) {
    waiting.push(message);
  } else if (message.seq === seq + 1) {
    take(message);
  } else if (message.seq > seq) {
    void resync();
  }
}

function take(tick: Tick): void {
  seq = tick.seq;
  batch(() => {
    head.value = tick.head;
    if (tick.nodes.length) nodes.value = merged(nodes.value, tick.nodes);
    if (tick.batteries.length) batteries.value = tick.batteries;
    if (tick.outlets.length) outlets.value = merged(outlets.value, tick.outlets);
    const last = points.value.at(-1)?.at_ms ?? 0;
    const newer = tick.points.filter((point) => point.at_ms > last);
    if (newer.length) points.value = [...points.value, ...newer].slice(-POINTS_KEPT);
    if (tick.plan !== null) plan.value = tick.plan;
    const newest = changes.value[0]?.id ?? 0;
    const told = tick.changes.filter((change) => change.id > newest).reverse();
    if (told.length) changes.value = [...told, ...changes.value].slice(0, CHANGES_KEPT);
    if (tick.alarms !== null) alarms.value = tick.alarms;
  });
  heard();
}

function heard(): void {
  tries = 0;
  heardAt = performance.now();
  link.value = "live";
  silent_ms.value = 0;
}

function watch(): void {
  if (link.value !== "live" && link.value !== "late") {
    if (heardAt) silent_ms.value = performance.now() - heardAt;
    return;
  }
  const quiet = performance.now() - heardAt;
  if (quiet > LATE_AFTER_MS) {
    link.value = "late";
    silent_ms.value = quiet;
  }
}

function merged<T extends { id: string }>(before: T[], told: T[]): T[] {
  const byId = new Map(told.map((one) => [one.id, one]));
  return before.map((one) => byId.get(one.id) ?? one);
}
