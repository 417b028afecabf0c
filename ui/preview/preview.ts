/**
 * The pages with made-up states, to look at while working on them and to test:
 * `npm run dev`, then /preview/ (or /preview/?empty and so on, as in scenes.ts).
 * No build that is shipped contains this.
 */

import "../src/app.css";

import { mount } from "svelte";

import App from "../src/App.svelte";
import { preferences } from "../src/shell/preferences.svelte";
import { SCENES } from "./scenes";
import { Stage } from "./stage";

const names = Object.keys(SCENES);
const name = location.search.slice(1) || names[0];
const scene = SCENES[name ?? ""];
const target = document.getElementById("app");
if (target === null) throw new Error("preview/index.html has an element #app");
if (scene === undefined) throw new Error(`there is no scene "${name}"; there are: ${names.join(", ")}`);

// Where somebody goes from there is kept when the page is loaded anew.
if (location.hash === "") history.replaceState(undefined, "", `#${scene.at ?? "/"}`);
preferences.start();
const daemon = new Stage(scene);
if (scene.mount) scene.mount(target, daemon);
else mount(App, { target, props: { transport: daemon } });

// A frame later what the board says is drawn.
requestAnimationFrame(() => setTimeout(() => void begin()));

async function begin(): Promise<void> {
  await scene?.then?.(daemon);
  document.documentElement.dataset["scene"] = name ?? "";
}

// The tests ask here what there is.
Object.assign(window, { scenes: Object.fromEntries(Object.entries(SCENES).map(([key, { exempt }]) => [key, { exempt: exempt ?? [] }])) });
