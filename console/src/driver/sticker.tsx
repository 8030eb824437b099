// What the code on a station opens: whether it is free, and the way to one's own visit.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Refused } from "../feed/api";
import { Wrong } from "../ui/parts";
import { token } from "./feed";
import type { Sticker } from "./shapes";

const KEPT = `voltloom-visit:${token}`;
const CARD_COUNT = 4;

function keep(link: string | null): void {
  try {
    if (link === null) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, link);
  } catch {
    // the link stands in the address all the same
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** Go back to the visit that this very browser opened, where it still runs. */
async function goOn(): Promise<void> {
  const link = kept();
  if (link === null || !/^\/d\/[\w-]+$/.test(link)) return;
  try {
    const told = await ask<{ type: string }>("GET", `${link}/state`);
    if (told.type === "visit") location.replace(link);
    else keep(null);
  } catch (refused) {
    if (refused instanceof Refused && refused.status === 404) keep(null);
  }
}

export function Scanned({ of: sticker, hint }: { of: Sticker; hint: string }): JSX.Element {
  const [card, setCard] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const isThere = sticker.claim !== "none";
  useEffect(() => {
    if (isThere) void goOn();
  }, [isThere]);
  async function claim(given: string | null): Promise<void> {
    try {
      const { link } = await ask<{ link: string }>("POST", `/d/${token}/claim`, given === null ? {} : { card: given });
      keep(link);
      location.replace(link);
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  return (
    <section class="stack">
      {hint && <p>{hint}</p>}
      {sticker.claim === "first" && (
        <>
          <p>{sticker.speed_ratio === 1 ? "A car was plugged in here less than a quarter of an hour ago." : "A car is plugged in here."} Is it yours?</p>
          <button type="button" class="main wide-button" onClick={() => void claim(null)}>
            Yes, show my charging
          </button>
        </>
      )}
      {sticker.claim === "card" && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void claim(card.trim());
          }}
        >
          <p>Is it your car? Enter the last {CARD_COUNT} characters of the card or app number that you charge with.</p>
          <label class="field">
            Last {CARD_COUNT} characters
            <input value={card} required minLength={CARD_COUNT} maxLength={CARD_COUNT} autocomplete="off" autocapitalize="characters" onInput={(event) => setCard(event.currentTarget.value)} />
          </label>
          <button class="main wide-button">Show my charging</button>
        </form>
      )}
      <Wrong text={wrong} />
    </section>
  );
}
