import "./app.css";

import { mount } from "svelte";

import App from "./App.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has an element #app");

// Nothing carries requests to a daemon yet: the desktop app brings the first transport.
mount(App, { target, props: { transport: undefined } });
