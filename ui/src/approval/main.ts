import "../app.css";

import { mount } from "svelte";

import Approval from "./Approval.svelte";
import { preferences } from "../shell/preferences.svelte";
import { TauriDesk } from "./tauri";

const target = document.getElementById("app");
if (target === null) throw new Error("approval.html has an element #app");

preferences.start();
const desk = new TauriDesk();
mount(Approval, { target, props: { desk } });
desk.painted("frame");
