// Icons as SVG of our own: glyphs of a font are missing on some machines.
import type { JSX } from "preact";

const PATHS: Record<string, string> = {
  bolt: "M13 2 5 14h6l-1 8 8-12h-6z",
  pause: "M8 5v14M16 5v14",
  play: "M7 4l12 8-12 8z",
  half: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  ring: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16",
  triangle: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  crossed: "M4 4l16 16M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16",
  back: "M4 12h13M9 6l-6 6 6 6M20 5v14",
  live: "M3 12h4l3-8 4 16 3-8h4",
  sessions: "M4 6h10M4 12h16M8 18h9",
  decisions: "M12 3v4M5 12h14M5 12v4M19 12v4M12 7v5M3 16h4v4H3zM17 16h4v4h-4z",
  alarms: "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4",
  policies: "M5 4v16M5 9h8a4 4 0 0 1 4 4v3M14 14l3 3 3-3",
  whatif: "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18v.5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  stations: "M6 21V5a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v16M4 21h14M9 8h4M16 10h2a2 2 0 0 1 2 2v4",
  settings: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 2v4M12 18v4M2 12h4M18 12h4M5 5l3 3M16 16l3 3M5 19l3-3M16 8l3-3",
  close: "M5 5l14 14M19 5 5 19",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3",
  copy: "M8 8h12v12H8zM4 16V4h12",
  check: "M4 13l5 5L20 6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l4 2",
};

export function Icon({ name }: { name: string }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name] ?? PATHS.ring} />
    </svg>
  );
}

export interface LookWords {
  word: string;
  icon: string;
}

const LOOKS: Record<string, LookWords> = {
  charging: { word: "Charging", icon: "bolt" },
  paused: { word: "Paused by site", icon: "pause" },
  by_car: { word: "Limited by car", icon: "half" },
  plugged: { word: "Plugged in", icon: "plug" },
  free: { word: "Free", icon: "ring" },
  fault: { word: "Fault", icon: "triangle" },
  offline: { word: "Offline", icon: "crossed" },
  feeding: { word: "Feeding back", icon: "back" },
};

export const lookWords = (look: string): LookWords => LOOKS[look] ?? { word: look, icon: "ring" };
export const lookColour = (look: string): string => `var(--${look in LOOKS ? look : "free"})`;

/** An outlet's state: icon, word and colour. */
export function Look({ look }: { look: string }): JSX.Element {
  const { word, icon } = lookWords(look);
  return (
    <span class="look" style={{ color: lookColour(look) }}>
      <Icon name={icon} />
      {word}
    </span>
  );
}
