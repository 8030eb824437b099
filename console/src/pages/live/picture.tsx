// The picture behind the plan: an admin puts one there, moves it, takes it away.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, worded } from "../../feed/api";
import type { Picture } from "../../feed/shapes";
import { Wrong } from "../../ui/parts";

const AT = "/api/v1/plan-picture";
const FIELDS = [
  { key: "left_m", word: "Left edge" },
  { key: "top_m", word: "Upper edge" },
  { key: "width_m", word: "Width" },
] as const;

export function PictureForm({ picture }: { picture: Picture | null }): JSX.Element {
  const [wrong, setWrong] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  async function did(done: string, method: string, path: string, body?: unknown): Promise<void> {
    try {
      await ask(method, path, body);
      setWrong(null);
      setSaid(done);
    } catch (refused) {
      setSaid("");
      setWrong(worded(refused));
    }
  }
  return (
    <details class="picture-form">
      <summary>Picture behind the plan</summary>
      <div class="stack">
        <label>
          {picture === null ? "PNG or SVG, at most 2 MB, 8,000 px each way" : "Another one"}{" "}
          <input
            type="file"
            accept="image/png,image/svg+xml"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void did("It lies behind the plan.", "PUT", AT, file);
            }}
          />
        </label>
        {picture !== null && <Moving key={JSON.stringify(picture.stands)} picture={picture} did={did} />}
        <p role="status">{said}</p>
        <Wrong text={wrong} />
      </div>
    </details>
  );
}

function Moving({ picture, did }: { picture: Picture; did: (done: string, method: string, path: string, body?: unknown) => Promise<void> }): JSX.Element {
  const [stands, setStands] = useState<Record<string, string>>(Object.fromEntries(FIELDS.map(({ key }) => [key, String(picture.stands[key])])));
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        void did("It was moved.", "PUT", `${AT}/place`, Object.fromEntries(FIELDS.map(({ key }) => [key, Number(stands[key])])));
      }}
    >
      {FIELDS.map(({ key, word }) => (
        <label key={key}>
          {word} <input class="short" inputMode="decimal" required value={stands[key] ?? ""} onInput={(event) => setStands({ ...stands, [key]: event.currentTarget.value })} /> m
        </label>
      ))}
      <button>Move it</button>
      <button type="button" class="danger" onClick={() => void did("It is gone.", "DELETE", AT)}>
        Take it away
      </button>
    </form>
  );
}
