// Pages by address: /console/PAGE/REST. Links are ordinary ones; the page takes over those to itself.
import { signal } from "@preact/signals";

export interface Place {
  page: string;
  /** What follows the page's name: an outlet, a session. */
  rest: string;
  query: URLSearchParams;
}

export const DEFAULT_PAGE = "live";
export const place = signal<Place>(read());

function read(): Place {
  const [, first, page, ...rest] = location.pathname.split("/");
  const name = first === "console" && page ? page : DEFAULT_PAGE;
  return { page: name, rest: decodeURIComponent(rest.join("/")), query: new URLSearchParams(location.search) };
}

export function href(page: string, rest = "", query: Record<string, string> = {}): string {
  const tail = rest ? `/${encodeURIComponent(rest)}` : "";
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `/console/${page}${tail}${asked ? `?${asked}` : ""}`;
}

/** Go somewhere. replace: without a new entry in the browser's history, for filters. */
export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.value = read();
}

export function route(): void {
  window.addEventListener("popstate", () => (place.value = read()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest?.("a[href^='/console/']");
    if (link === null || link === undefined || link.hasAttribute("download") || link.getAttribute("target")) return;
    event.preventDefault();
    const { page } = place.value;
    go(link.getAttribute("href") ?? "/");
    if (!event.detail && place.value.page !== page) document.querySelector<HTMLElement>("#main")?.focus();
  });
}
