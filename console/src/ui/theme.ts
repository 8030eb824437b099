// Dark or light: as the system has it, or as was chosen here.
import { signal } from "@preact/signals";

export type Theme = "light" | "dark";
const KEPT = "voltloom-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>(chosen());

function chosen(): Theme {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    kept = null; // a browser may forbid it
  }
  return kept === "dark" || kept === "light" ? kept : system.matches ? "dark" : "light";
}

function show(): void {
  document.documentElement.dataset.theme = theme.value;
}

export function dress(): void {
  show();
  system.addEventListener("change", () => {
    theme.value = chosen();
    show();
  });
}

export function turn(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEPT, theme.value);
  } catch {
    // it holds for this page then
  }
  show();
}

/** The value of a colour token, for pictures that are drawn on a canvas. */
export function colour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}
