// The frame of every page: header, rail, the page itself.
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Refused } from "./feed/api";
import { alarms, fetched, follow, head, link, nodes, role, silent_ms, site } from "./feed/feed";
import { DemoBar } from "./pages/demo";
import { Live } from "./pages/live";
import { href, place } from "./router";
import { trustWord } from "./ui/trust";
import { clock, duration, kw, number, otherZone, price } from "./ui/format";
import { Icon } from "./ui/icons";
import { lazily } from "./ui/lazily";
import { Empty, Wrong } from "./ui/parts";
import { theme, turn } from "./ui/theme";

const PAGES: { name: string; word: string; icon: string; page: FunctionComponent }[] = [
  { name: "live", word: "Live", icon: "live", page: Live },
  { name: "sessions", word: "Sessions", icon: "sessions", page: lazily(() => import("./pages/sessions").then((all) => all.Sessions)) },
  { name: "decisions", word: "Decisions", icon: "decisions", page: lazily(() => import("./pages/decisions").then((all) => all.Decisions)) },
  { name: "alarms", word: "Alarms", icon: "alarms", page: lazily(() => import("./pages/alarms").then((all) => all.Alarms)) },
  { name: "policies", word: "Policies", icon: "policies", page: lazily(() => import("./pages/policies").then((all) => all.Policies)) },
  { name: "what-if", word: "What-if", icon: "whatif", page: lazily(() => import("./pages/whatif").then((all) => all.WhatIf)) },
  { name: "stations", word: "Stations", icon: "stations", page: lazily(() => import("./pages/stations").then((all) => all.Stations)) },
  { name: "settings", word: "Settings", icon: "settings", page: lazily(() => import("./pages/settings").then((all) => all.Settings)) },
];

export function App(): JSX.Element {
  if (link.value === "refused" || site.value === null) return <Login />;
  const { page } = place.value;
  const found = PAGES.find(({ name }) => name === page);
  const Page = found?.page;
  const isOld = link.value !== "live";
  return (
    <div class={`shell${isOld ? " stale" : ""}`}>
      <Header />
      <nav class="rail" aria-label="Pages">
        <ul>
          {PAGES.map(({ name, word, icon }) => (
            <li key={name}>
              <a href={href(name)} {...(name === page ? { "aria-current": "page" as const } : {})}>
                <Icon name={icon} />
                {word}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main class="main" id="main" tabIndex={-1}>
        {head.value?.is_demo && <DemoBar />}
        <Titled word={found?.word ?? "Not found"} />
        {Page ? <Page /> : <NotFound />}
      </main>
    </div>
  );
}

function Titled({ word }: { word: string }): JSX.Element {
  useEffect(() => {
    document.title = `${word} · ${site.value?.name ?? "Voltloom"}`;
  }, [word]);
  return <h1 class="sr">{word}</h1>;
}

function NotFound(): JSX.Element {
  return (
    <Empty>
      <p>There is no such page.</p>
      <a href={href("live")}>Show the site</a>
    </Empty>
  );
}

function Header(): JSX.Element | null {
  const now = head.value;
  if (now === null) return null;
  const zone = otherZone();
  const bound = nodes.value.find((one) => one.id === now.binding);
  return (
    <header class={`head${link.value === "live" ? "" : " old"}`}>
      <span class="name">{site.value?.name}</span>
      <span class="fact soft">
        {now.is_demo ? "Demo" : "Live"}
        {now.demo?.is_paused ? " paused" : now.speed_ratio === 1 ? "" : ` ${number(now.speed_ratio, 0)}×`} · <span class="num">{clock(now.now_ms)}</span>
        {zone && ` ${zone}`}
      </span>
      <a class="fact" href={href("policies")}>
        {now.policy}
        {now.canary && ` + canary ${now.canary}`}
      </a>
      <Trust />
      <span class="fact fades">
        Import <b class="num">{number(now.import_kw)}</b> of <span class="num">{kw(now.limit_kw)}</span>
      </span>
      <span class="fact fades">
        Headroom <b class="num">{kw(now.headroom_kw)}</b>
        {now.binding && ` · ${now.binding} binds`}
        {bound && bound.parent !== null && bound.headroom_kw !== null && `, ${kw(bound.headroom_kw)} left`}
      </span>
      {now.price_per_kwh !== null && (
        <span class="fact fades">
          {price(now.price_per_kwh, now.currency)}
          {now.next_ms !== null && ` → ${price(now.price_next_per_kwh, now.currency)} at ${clock(now.next_ms)}`}
        </span>
      )}
      <a class="fact" href={href("alarms")}>
        Alarms <b class="num">{now.alarms_count}</b>
      </a>
      <Connection />
      <button type="button" onClick={turn}>
        <Icon name="sun" />
        {theme.value === "dark" ? "Light" : "Dark"}
      </button>
    </header>
  );
}

/** How far the controller trusts itself, on every page; its place stays in the document so that a change is read out. */
function Trust(): JSX.Element {
  const word = trustWord();
  return (
    <span class={`fact trust ${word?.look ?? ""}`} role="status" aria-label="Controller">
      {word !== null && (
        <>
          <Icon name={word.icon} />
          <a href={href("alarms")}>{word.short}</a>
        </>
      )}
    </span>
  );
}

function Connection(): JSX.Element {
  const words = {
    live: "Live",
    late: `No data for ${duration(silent_ms.value)}`,
    lost: "Reconnecting… values are old",
    refused: "Logged out",
  }[link.value];
  return (
    <span class={`live ${link.value === "live" ? "good" : "bad"}`} role="status">
      <Icon name={link.value === "live" ? "check" : "crossed"} />
      {words}
    </span>
  );
}

function Login(): JSX.Element {
  const [key, setKey] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  async function enter(given: string): Promise<void> {
    try {
      await ask("POST", "/api/v1/login", { key: given.trim() });
      setWrong(null);
      if (await fetched()) follow();
    } catch (refused) {
      setWrong(refused instanceof Refused ? refused.message : String(refused));
    }
  }
  useEffect(() => {
    const given = new URLSearchParams(location.hash.slice(1)).get("key");
    document.documentElement.dataset.ready = "1";
    if (given) {
      history.replaceState(null, "", location.pathname + location.search);
      void enter(given);
    }
  }, []);
  return (
    <main class="login panel stack">
      <h1>Voltloom</h1>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void enter(key);
        }}
      >
        <label>
          Key <input class="grow" type="password" autocomplete="current-password" required value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <p class="soft small">One stands in the site's file under [[api.key]], or was printed when the site was started.</p>
        <button class="main">Show the site</button>
        <Wrong text={wrong} />
      </form>
    </main>
  );
}

/** What an operator may do, and a viewer may not. */
export const mayAct = (): boolean => role.value === "operator" || role.value === "admin";
export const openAlarms = (): number => alarms.value.filter((one) => one.acknowledged_by === null).length;
