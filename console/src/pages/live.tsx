// The site now: how much headroom is left, where power goes, why it changed, and every outlet.
import type { JSX } from "preact";
import { go, href, place } from "../router";
import { Outlets } from "./live/outlets";
import { PowerChart } from "./live/power";
import { LoadTree } from "./live/tree";
import { WhyChanged } from "./live/why";
import { lazily } from "../ui/lazily";

const OutletDrawer = lazily(() => import("./drawer").then((all) => all.OutletDrawer));

export function Live(): JSX.Element {
  return (
    <>
      <div class="live-top">
        <div class="stack">
          <LoadTree />
          <PowerChart />
        </div>
        <WhyChanged />
      </div>
      <Outlets />
      {place.value.rest && <OutletDrawer outlet={place.value.rest} onClose={() => go(href("live", "", Object.fromEntries(place.value.query)))} />}
    </>
  );
}
