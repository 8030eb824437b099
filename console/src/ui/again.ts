// What a page asks for again and again while it is shown. Whatever comes late never takes the place of something newer.
import { useEffect, useRef, useState } from "preact/hooks";
import { worded } from "../feed/api";

const AGAIN_MS = 3_000;

interface Again {
  /** What is wrong with the newest question that came back, null where nothing is. */
  wrong: string | null;
  /** Ask at once: what was asked before this does not count any more. */
  again: () => Promise<void>;
}

/**
 * Ask now, whenever `of` changes, and every `every_ms` (0: not again), and take what is told. An answer is dropped where a newer question was
 * answered already, where `of` has changed since, and where the page has gone.
 */
export function useAgain<T>(asked: () => Promise<T>, take: (told: T) => void, of: string | number = "", every_ms = AGAIN_MS): Again {
  const [wrong, setWrong] = useState<string | null>(null);
  const turns = useRef({ last: 0, counts: 0 }).current;
  async function read(): Promise<void> {
    const mine = ++turns.last;
    let tell: () => void;
    try {
      const told = await asked();
      tell = () => {
        take(told);
        setWrong(null);
      };
    } catch (refused) {
      tell = () => setWrong(worded(refused));
    }
    if (mine < turns.counts) return;
    turns.counts = mine;
    tell();
  }
  const forget = (): void => void (turns.counts = turns.last + 1);
  useEffect(() => {
    void read();
    const timer = every_ms > 0 ? window.setInterval(() => void read(), every_ms) : 0;
    return () => {
      window.clearInterval(timer);
      forget();
    };
  }, [of, every_ms]);
  return {
    wrong,
    again: () => {
      forget();
      return read();
    },
  };
}
