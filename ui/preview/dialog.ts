/** The dialog with made-up requests: `npm run dev`, then /preview/dialog.html?approval-danger and so on. */

import "../src/app.css";

import { APPROVAL } from "./approval";

const target = document.getElementById("app");
if (target === null) throw new Error("preview/dialog.html has an element #app");
const name = location.search.slice(1) || "approval";
const scene = APPROVAL[name];
if (scene === undefined) throw new Error(`there is no dialog "${name}"; there are: ${Object.keys(APPROVAL).join(", ")}`);
scene.mount(target);
