// The zone that times are shown in: the site's, on the console and on a driver's page alike.
import { signal } from "@preact/signals";

export const zone = signal("UTC");
