import { render } from "preact";
import { App } from "./app";
import { begin, follow, link } from "./feed/feed";
import type { Snapshot } from "./feed/shapes";
import { route } from "./router";
import { dress } from "./ui/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/live.css";
import "./styles/policies.css";
import "./styles/lists.css";
import "./styles/whatif.css";
import "./styles/drawer.css";
import "./styles/stations.css";
import "./styles/demo.css";

dress();
route();
const told = document.getElementById("snapshot");
if (told?.textContent) {
  begin(JSON.parse(told.textContent) as Snapshot);
  told.remove();
  follow();
} else {
  link.value = "refused";
}
const root = document.getElementById("app");
if (root) render(<App />, root);
requestAnimationFrame(() => (document.documentElement.dataset.ready = "1"));
