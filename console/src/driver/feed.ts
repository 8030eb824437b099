// The state of one link: begun with what stands in the page, kept up by its own feed.
import { signal } from "@preact/signals";
import { zone } from "../ui/zone";
import { noticed } from "./notices";
import type { Beat, Over, Sticker, Visit } from "./shapes";

export type State = Sticker | Visit | Over | { type: "gone" };

const SILENT_AFTER_MS = 12_000;
const HIDDEN_AFTER_MS = 600_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];
const NO_LINK = 4404;

export const state = signal<State>({ type: "gone" });
/** The site's time when it was heard last. */
export const heard_ms = signal(0);
export const isLive = signal(true);
export const token = location.pathname.split("/")[2] ?? "";

let socket: WebSocket | null = null;
let tries = 0;
let heardAt = 0;
let hiddenTimer = 0;

export function take(told: State | Beat): void {
  heardAt = performance.now();
  if (told.type === "gone") {
    state.value = told;
    return;
  }
  heard_ms.value = told.now_ms;
  isLive.value = true;
  tries = 0;
  if (told.type === "beat") return;
  zone.value = told.time_zone;
  noticed(state.value, told);
  state.value = told;
}

export function follow(): void {
  connect();
  window.setInterval(() => {
    if (performance.now() - heardAt > SILENT_AFTER_MS && state.value.type !== "gone") isLive.value = false;
  }, 1_000);
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = window.setTimeout(() => socket?.close(), HIDDEN_AFTER_MS);
    else if (socket === null) connect();
  });
}

function connect(): void {
  if (state.value.type === "gone") return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const opened = new WebSocket(`${scheme}://${location.host}/d/${token}/feed`);
  socket = opened;
  opened.onmessage = (event) => take(JSON.parse(String(event.data)) as State | Beat);
  opened.onclose = (event) => {
    if (socket === opened) socket = null;
    if (event.code === NO_LINK) {
      state.value = { type: "gone" };
      return;
    }
    if (tries > 0) isLive.value = false;
    const wait = RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)] ?? 8_000;
    if (!document.hidden) window.setTimeout(() => socket === null && connect(), wait);
  };
}
