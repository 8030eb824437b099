// What a page asks for again and again while it is shown.
import { useEffect } from "preact/hooks";

const AGAIN_MS = 3_000;

/** Call something now, whenever `of` changes, and every AGAIN_MS. */
export function useAgain(work: () => Promise<void>, of: string | number = ""): void {
  useEffect(() => {
    void work();
    const timer = window.setInterval(() => void work(), AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [of]);
}
