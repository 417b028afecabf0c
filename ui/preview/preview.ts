/**
 * The pages with made-up services, to look at while working on them:
 * `npm run dev`, then /preview/ (or /preview/?empty and so on, as in scenes.ts).
 * No build contains this.
 */

import "../src/app.css";

import { mount } from "svelte";

import App from "../src/App.svelte";
import { Fake, type Answer } from "../src/lib/api/fake";
import { Fault } from "../src/lib/api/transport";
import { BOARD_FEED } from "../src/lib/watch.svelte";
import type { Verb } from "../src/services/verbs";
import { SCENES } from "./scenes";

const scene = SCENES[location.search.slice(1) || "mixed"] ?? {};

const refuse: Answer = async (params) => {
  const { name } = params as { name: string };
  if (scene.busy?.includes(name)) await new Promise(() => {});
  const reason = scene.services?.find((service) => service.name === name)?.reason;
  if (reason) throw new Fault("conflict", `${name} failed: ${reason}`, `\`hob logs ${name}\` shows what it said`);
  throw new Fault("timeout", `${name} was not ready within 30 s; it is still being started`);
};

const daemon = new Fake({ "service.start": refuse, "service.stop": refuse, "service.restart": refuse });
const target = document.getElementById("app");
if (target === null) throw new Error("preview/index.html has an element #app");
mount(App, { target, props: { transport: daemon } });

queueMicrotask(() => {
  if (scene.services !== undefined) {
    const changes = scene.services.map((value, index) => ({ noun: "service", key: value.name, sequence: index + 1, value }));
    daemon.item(BOARD_FEED, { snapshot: true, changes });
  }
  if (scene.lost !== undefined) daemon.fail(BOARD_FEED, scene.lost);
  const button = ({ name, verb }: { name: string; verb: Verb }) =>
    document.querySelector<HTMLButtonElement>(`[data-service="${name}"] [data-action=${verb}]`);
  setTimeout(() => {
    for (const pressed of scene.pressed ?? []) button(pressed)?.click();
    if (scene.focused !== undefined) button(scene.focused)?.focus();
  });
});
