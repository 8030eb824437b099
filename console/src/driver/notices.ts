// What a driver should hear of: late, finished, a fault. In the page always, by the browser after it was asked for.
import { signal } from "@preact/signals";
import type { State } from "./feed";
import { promiseWords } from "./words";

export interface Notice {
  at_ms: number;
  text: string;
}

const KEPT = "voltloom-notices";
const MOST = 10;
export const notices = signal<Notice[]>([]);
/** Whether the browser can tell at all: only on a secure page, and not in every one. */
export const canTell = "Notification" in window && window.isSecureContext;
export const tells = signal(canTell && Notification.permission === "granted" && kept());

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return false; // a browser may forbid it
  }
}

function keep(word: "yes" | "no"): void {
  try {
    localStorage.setItem(KEPT, word);
  } catch {
    // it holds for this page then
  }
}

export async function optIn(): Promise<void> {
  tells.value = (await Notification.requestPermission()) === "granted";
  keep(tells.value ? "yes" : "no");
}

export function optOut(): void {
  tells.value = false;
  keep("no");
}

/** Take note of what is new between two states. */
export function noticed(before: State, now: State): void {
  if (before.type !== "visit" || (now.type !== "visit" && now.type !== "over")) return;
  if (now.type === "over") return;
  const isLate = now.late_min > 0 || now.short_kwh !== null;
  const wasLate = before.late_min > 0 || before.short_kwh !== null;
  if (now.stage !== before.stage && now.stage === "finished") tell(now.now_ms, "Charging is finished.");
  if (now.stage !== before.stage && now.stage === "fault") tell(now.now_ms, "The station reports a fault.");
  if (isLate && !wasLate) tell(now.now_ms, promiseWords(now, now.now_ms).text);
  if (!isLate && wasLate) tell(now.now_ms, "On time again.", false);
}

function tell(at_ms: number, text: string, isUrgent = true): void {
  notices.value = [{ at_ms, text }, ...notices.value].slice(0, MOST);
  if (!isUrgent || !tells.value) return;
  try {
    new Notification("Your car", { body: text, tag: "voltloom" });
  } catch {
    tells.value = false; // some phones allow it to service workers alone
  }
}
