// Requests to the interface, with its errors as words for people.

export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fields: { field: string; problem: string; remedy: string }[] = [],
  ) {
    super(message);
  }
}

/** Ask the interface. Throws Refused with what a person can read; body is sent as JSON, a file as it is. seen: the version that a change goes by. */
export async function ask<T>(method: string, path: string, body?: unknown, once?: string, seen?: string): Promise<T> {
  const isFile = body instanceof Blob;
  const headers: Record<string, string> = body === undefined ? {} : { "Content-Type": isFile ? body.type : "application/json" };
  if (once !== undefined) headers["Idempotency-Key"] = once;
  if (seen !== undefined) headers["If-Match"] = `"${seen}"`;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, cache: "no-store", ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }) });
  } catch {
    throw new Refused(0, "The site does not answer. Nothing was changed as far as this page knows; try again.");
  }
  const text = await answer.text();
  const told: unknown = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : null;
  if (answer.ok) return told as T;
  const problem = told as { detail?: string; errors?: { field: string; problem: string; remedy: string }[] } | null;
  const fields = problem?.errors ?? [];
  const detail = problem?.detail ?? `The site answered ${answer.status}.`;
  const more = fields.map((one) => `${one.field}: ${one.problem}. ${one.remedy}`).filter((one) => !detail.includes(one));
  throw new Refused(answer.status, [detail, ...more].join(" "), fields);
}

/** Return a name for a request that may be sent twice and must be done once. */
export function onceKey(): string {
  return crypto.randomUUID();
}

/** What went wrong, in words for people. */
export const worded = (refused: unknown): string => (refused instanceof Refused ? refused.message : String(refused));
