// Numbers and moments as people read them: one decimal for kW and A, the site's zone for time, an en dash for unknown.
import { zone } from "./zone";

export const UNKNOWN = "–";
type Unknown = number | null | undefined;

const one = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function minus(text: string): string {
  return text.replace("-", "\u2212");
}

export function number(value: Unknown, digits: 0 | 1 = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  return minus((digits ? one : whole).format(Math.abs(value) < 0.05 ? 0 : value));
}

export const kw = (value: Unknown): string => `${number(value)} kW`;
export const amps = (value: Unknown): string => `${number(value)} A`;
export const kwh = (value: Unknown): string =>
  value === null || value === undefined ? `${UNKNOWN} kWh` : `${number(value, Math.abs(value) < 100 ? 1 : 0)} kWh`;
export const percent = (ratio: Unknown): string =>
  ratio === null || ratio === undefined ? UNKNOWN : `${number(ratio * 100, 0)} %`;

const MINOR: Record<string, string> = { EUR: "ct", USD: "ct", GBP: "p", CHF: "Rp." };

/** A price a kWh, in the currency's small unit where it has a usual one. */
export function price(value: Unknown, currency: string | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  const small = currency ? MINOR[currency] : undefined;
  return small ? `${number(value * 100)} ${small}/kWh` : `${value.toFixed(3)} ${currency ?? ""}/kWh`;
}

export const siteZone = (): string => zone.value;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatted(at_ms: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options) + siteZone();
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: siteZone(), hourCycle: "h23" })));
  return format.format(at_ms);
}

export const clock = (at_ms: Unknown): string =>
  at_ms === null || at_ms === undefined ? UNKNOWN : formatted(at_ms, { hour: "2-digit", minute: "2-digit" });
export const clockSeconds = (at_ms: number): string => formatted(at_ms, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const day = (at_ms: number): string => formatted(at_ms, { day: "numeric", month: "short" });

/** A moment: the time alone today, with its day otherwise. now_ms is the site's time. */
export function moment(at_ms: Unknown, now_ms: number): string {
  if (at_ms === null || at_ms === undefined) return UNKNOWN;
  return day(at_ms) === day(now_ms) ? clock(at_ms) : `${day(at_ms)} ${clock(at_ms)}`;
}

/** A length of time: "1 h 05 min", "12 min", "8 s". */
export function duration(length_ms: number): string {
  const seconds = Math.round(Math.abs(length_ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, "0")} min` : `${Math.round(hours / 24)} days`;
}

/** What the browser's zone is where it differs from the site's, for a hint beside times. */
export function otherZone(): string | null {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return own === siteZone() ? null : siteZone();
}

export const plural = (count: number, word: string, words = `${word}s`): string => `${whole.format(count)} ${count === 1 ? word : words}`;
