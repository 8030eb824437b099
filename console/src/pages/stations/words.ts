// The words of /api/v1/fleet and of a station's timeline, and how they are said.
import { number, UNKNOWN } from "../../ui/format";
import { causeWord } from "../../ui/words";

export interface Holds {
  evse: string;
  may_a: number;
  is_confirmed: boolean;
  is_followed: boolean;
  lease_ms: number | null;
  reserved_a: number;
  offline_a: number;
  draws_a: number | null;
  most_a: number;
  state: string;
}
export interface StationDetails {
  id: string;
  label: string;
  is_connected: boolean;
  connected_ms: number | null;
  last_seen_ms: number | null;
  version: string | null;
  address: string | null;
  security_profile: number | null;
  least_profile: number | null;
  vendor: string;
  model: string;
  serial: string;
  firmware: string;
  answers_count: number;
  median_ms: number | null;
  p95_ms: number | null;
  open_commands_count: number;
  problem: string;
  outlets: Holds[];
}
export interface RejectedStation {
  id: string;
  by: string;
  reason: string;
}
export interface Fleet {
  stations: StationDetails[];
  rejected: RejectedStation[];
  free_evses: string[];
}
export interface Parked {
  id: string;
  address: string;
  version: string;
  security_profile: number;
  vendor: string;
  model: string;
  mark: string;
  first_seen: string;
  last_seen: string;
  is_connected: boolean;
}
export interface Happened {
  at_ms: number;
  kind: "link" | "reserved" | "fell_back" | "limit" | "alarm" | "notice" | "command";
  what: string;
  detail: string;
  evse: string | null;
  before_a: number | null;
  after_a: number | null;
  until_ms: number | null;
  by: string | null;
  times_count: number;
  was_gone: boolean;
}

export const nameOf = (station: { id: string; label: string }): string => station.label || station.id;
export const versionWord = (version: string | null): string => (version === null ? UNKNOWN : version.replace("ocpp", "OCPP "));

const ms = (value: number | null): string => (value === null ? UNKNOWN : value < 1000 ? `${number(value, value < 10 ? 1 : 0)} ms` : `${number(value / 1000)} s`);
export const answerWords = (station: StationDetails): string => (station.answers_count === 0 ? UNKNOWN : `${ms(station.median_ms)}, p95 ${ms(station.p95_ms)}`);

const LINK: Record<string, string> = {
  connected: "Connected",
  disconnected: "Went offline",
  booted: "Booted",
  approved: "Let in",
  rejected: "Sent away",
  profile_raised: "Its least security profile rose",
  secret_proved: "It uses its new secret",
  turned_away: "Wanted to connect and was turned away",
};
const ENDS: Record<string, string> = {
  peer_closed: "it closed the link",
  peer_vanished: "its link broke",
  replaced: "a new link of its own took the place",
  silent: "it said nothing for too long",
  too_many_messages: "it sent too many messages",
  slow_consumer: "it reads too slowly",
  drained: "the site was stopped",
  asked: "the site closed it",
  station_refused: "an operator sent it away",
};

/** Return one thing that happened as a headline and what there is to say of it. at: how a moment is told. */
export function told(one: Happened, at: (at_ms: number | null) => string): { head: string; more: string } {
  const a = (value: number | null): string => `${number(value)} A`;
  switch (one.kind) {
    case "link":
      return { head: `${LINK[one.what] ?? one.what}${one.times_count > 1 ? `, ${one.times_count} times` : ""}`, more: one.what === "disconnected" ? (ENDS[one.detail.split(":")[0] ?? ""] ?? one.detail) : one.detail };
    case "reserved":
      return {
        head: `${one.evse}: ${a(one.after_a)} stay reserved for it`,
        more: `It may draw ${a(one.before_a)} by the limit it has, ${one.until_ms === null ? "until it hears another" : `until ${at(one.until_ms)}`}. Nobody else gets that current meanwhile.`,
      };
    case "fell_back":
      return { head: `${one.evse}: its limit ended, ${a(one.after_a)} by itself`, more: `Without a word from here a station falls back to the limit it holds when it is offline. Until then ${a(one.before_a)} was in force.` };
    case "limit":
      return { head: `${one.evse}: ${a(one.before_a)} → ${a(one.after_a)}`, more: [one.was_gone && "Decided while it was gone: it hears of it when it is back", causeWord(one.what), one.detail].filter(Boolean).join(". ") };
    case "alarm":
      return { head: `Alarm${one.evse ? ` at ${one.evse}` : ""}`, more: one.until_ms === null ? one.detail : `${one.detail} Over since ${at(one.until_ms)}.` };
    case "notice":
      return { head: one.what, more: one.detail };
    case "command":
      return { head: `Command ${one.what.replaceAll("_", " ")}`, more: `${one.detail}${one.by ? ` (asked by ${one.by})` : ""}` };
  }
}
