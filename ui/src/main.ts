import "./app.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { Tauri } from "./lib/api/tauri";
import { preferences } from "./shell/preferences.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has an element #app");

preferences.start();
const transport = Tauri.here();
mount(App, { target, props: { transport } });
transport?.painted("frame");
