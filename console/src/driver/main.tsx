import { render } from "preact";
import { dress } from "../ui/theme";
import { App } from "./app";
import { follow, take, type State } from "./feed";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/driver.css";

dress();
const told = document.getElementById("snapshot");
if (told?.textContent) {
  take(JSON.parse(told.textContent) as State);
  told.remove();
}
follow();
const root = document.getElementById("app");
if (root) render(<App />, root);
requestAnimationFrame(() => (document.documentElement.dataset.ready = "1"));
