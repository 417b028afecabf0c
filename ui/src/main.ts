import "./app.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { Tauri } from "./lib/api/tauri";
import { Watch } from "./lib/watch.svelte";
import { preferences } from "./shell/preferences.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has an element #app");

preferences.start();
const transport = Tauri.here();
const watch = transport && new Watch(transport);
// Asked for before anything is drawn, what the daemon says may be there for the first frame.
watch?.start();
mount(App, { target, props: { transport, watch } });
transport?.painted("frame");
