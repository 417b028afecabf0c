/** The dialog with made-up requests: `npm run dev`, then /preview/dialog.html?approval-danger and so on. */

import "../src/app.css";

import { show } from "./approval";

const target = document.getElementById("app");
if (target === null) throw new Error("preview/dialog.html has an element #app");
show(target, location.search.slice(1) || "approval");
