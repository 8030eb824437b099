// How far the controller trusts itself, in words for the header and for where decisions are shown.
import type { JSX } from "preact";
import { head } from "../feed/feed";
import { Icon } from "./icons";

export interface TrustWord {
  look: "hot" | "warm" | "soft";
  icon: string;
  short: string;
  long: string;
}

/** Return what is to be said of the controller, null while the chosen architecture decides. */
export function trustWord(): TrustWord | null {
  const now = head.value;
  if (now === null) return null;
  if (now.is_failing)
    return {
      look: "hot",
      icon: "triangle",
      short: "Fail-safe: decisions fail",
      long: "The controller fails to decide: every outlet goes to its offline limit, and the limits below are from before. The page of alarms says why.",
    };
  if (now.trust === "starting") return { look: "soft", icon: "ring", short: "Starting", long: "The controller has not decided yet." };
  if (now.trust === "equal")
    return { look: "warm", icon: "triangle", short: "Fallback: equal sharing", long: "The controller trusts its inputs less: power is shared equally, not as the chosen architecture would. The page of alarms says why." };
  if (now.trust === "floor")
    return { look: "hot", icon: "triangle", short: "Fallback: safe floor", long: "The controller cannot trust its inputs: every outlet gets its safe floor. The page of alarms says why." };
  return null;
}

/** Say where decisions are shown that none is made now. */
export function FailingNote(): JSX.Element | null {
  const word = trustWord();
  if (!head.value?.is_failing || word === null) return null;
  return (
    <p class="note bad failing">
      <Icon name={word.icon} /> {word.long}
    </p>
  );
}
