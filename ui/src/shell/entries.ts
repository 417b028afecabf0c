/**
 * Everything that the palette can find: pages, services, jobs, and what can be
 * done with them now. Made from the board, so that what cannot be done is not
 * offered. Pure.
 */

import { all, type Board } from "../lib/board";
import type { JobStatus, Pause } from "../lib/api/types.gen";
import type { IconName } from "../parts/icons";
import type { Page } from "../pages";
import type { Status } from "../services/status";
import { NAMES, refusal, VERBS, type Verb } from "../services/verbs";
import type { Act } from "./act";
import type { Entry } from "./find";
import type { Theme } from "./preferences.svelte";

export type Does =
  | { kind: "go"; path: readonly string[] }
  | { kind: "act"; act: Act }
  | { kind: "theme"; theme: Theme }
  | { kind: "help" };

export interface Offer extends Entry {
  icon: IconName;
  does: Does;
  keys?: string;
}

const DONE: Record<Verb, string> = { start: "Started", stop: "Stopped", restart: "Restarted" };

/** What is offered with this board; without a current one, only where one can go. */
export function offers(board: Board | undefined, current: boolean, pages: readonly Page[]): Offer[] {
  const known = (path: string) => pages.some((page) => page.path === path);
  const services = board ? all<Status>(board, "service") : [];
  const jobs = board && known("jobs") ? all<JobStatus>(board, "job") : [];
  const pause = board?.values.get("system")?.get("pause") as Pause | undefined;
  return [
    ...pages.map(pageOffer),
    ...services.map(({ name }): Offer => place(name, "Service", "services")),
    ...jobs.map(({ name }): Offer => place(name, "Job", "jobs")),
    ...(current ? pages.flatMap(({ add }): Offer[] => (add ? [addOffer(add)] : [])) : []),
    ...(current ? services.flatMap(serviceActs) : []),
    ...(current ? jobs.map(({ name }) => runJob(name)) : []),
    ...(current ? pauses(pause !== undefined) : []),
    { label: "Keyboard shortcuts", kind: "Help", icon: "keyboard", keys: "?", also: "keys map", does: { kind: "help" } },
    ...themes(),
  ];
}

function pageOffer({ path, title, icon, key }: Page): Offer {
  return { label: title, kind: "Page", icon, keys: `g ${key}`, also: "go to", does: { kind: "go", path: path ? [path] : [] } };
}

function place(name: string, kind: string, page: "services" | "jobs"): Offer {
  return { label: name, kind, icon: page, does: { kind: "go", path: [page, name] } };
}

function addOffer({ label, path }: { label: string; path: readonly string[] }): Offer {
  return { label, kind: "Action", icon: "add", also: "add new", does: { kind: "go", path } };
}

function serviceActs(service: Status): Offer[] {
  const { name } = service;
  return VERBS.filter((verb) => refusal(service, verb) === undefined).map((verb) => ({
    label: `${NAMES[verb]} ${name}`,
    kind: "Action",
    icon: verb,
    quiet: true,
    does: {
      kind: "act",
      act: { op: `service.${verb}`, params: { name }, done: `${DONE[verb]} ${name}`, failed: `${NAMES[verb]} ${name}` },
    },
  }));
}

function runJob(name: string): Offer {
  const act = { op: "job.run", params: { name }, done: `Asked for a run of ${name}`, failed: `Run job ${name}` };
  return { label: `Run job ${name}`, kind: "Action", icon: "start", quiet: true, does: { kind: "act", act } };
}

function pauses(paused: boolean): Offer[] {
  const also = "pause hold";
  const offer = (label: string, op: string, params: object, done: string): Offer => ({
    label,
    kind: "Action",
    icon: paused ? "start" : "pause",
    quiet: true,
    also,
    does: { kind: "act", act: { op, params, done, failed: label } },
  });
  if (paused) return [offer("Resume", "system.resume", {}, "Resumed")];
  return [
    offer("Pause for 15 minutes", "system.pause", { for: "15m" }, "Paused for 15 minutes"),
    offer("Pause for 1 hour", "system.pause", { for: "1h" }, "Paused for 1 hour"),
    offer("Pause until resumed", "system.pause", {}, "Paused"),
  ];
}

function themes(): Offer[] {
  const named: [Theme, string][] = [["light", "Light theme"], ["dark", "Dark theme"], ["system", "Theme of the system"]];
  return named.map(([theme, label]) => ({
    label,
    kind: "Setting",
    icon: "settings",
    quiet: true,
    also: "appearance colours",
    does: { kind: "theme", theme },
  }));
}
