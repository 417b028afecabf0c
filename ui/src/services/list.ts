/** Which services are in the list, and in what order: pure, so that the page only draws. */

import { appearance, type Status } from "./status";

/** The states that one can choose to see; together all of them but `all` are all services. */
export type Show = "all" | "running" | "failed" | "other" | "stopped";

export const SHOWS: readonly Show[] = ["all", "running", "failed", "other", "stopped"];
const LABELS: Record<Show, string> = { all: "All", running: "Running", failed: "Failed", other: "Other", stopped: "Stopped" };

/** Which of them a service is. */
export function showOf(service: Status): Show {
  const { word } = appearance(service);
  return word === "Running" ? "running" : word === "Failed" ? "failed" : word === "Stopped" ? "stopped" : "other";
}

/** The choices with how many each has; what is in no state of its own is only offered where there is some. */
export function choices(services: readonly Status[]): { value: Show; label: string; count: number }[] {
  const counts = new Map<Show, number>([["all", services.length]]);
  for (const service of services) counts.set(showOf(service), (counts.get(showOf(service)) ?? 0) + 1);
  return SHOWS.map((value) => ({ value, label: LABELS[value], count: counts.get(value) ?? 0 })).filter(
    ({ value, count }) => value !== "other" || 0 < count,
  );
}

/** Those that are to be seen: in a state, and with a text in what their row says. */
export function chosen(services: readonly Status[], show: Show, text: string): Status[] {
  const wanted = text.trim().toLowerCase();
  const says = (service: Status) =>
    [service.name, appearance(service).word, service.reason, service.says, service.command?.join(" ")].join("\n").toLowerCase();
  return services.filter((service) => (show === "all" || showOf(service) === show) && says(service).includes(wanted));
}

export interface Group {
  /** Its project; undefined for those of the home, and where nothing is grouped. */
  project: string | undefined;
  services: Status[];
}

/** Services under their projects, those of none first. */
export function groups(services: readonly Status[]): Group[] {
  const found = new Map<string | undefined, Status[]>();
  for (const service of services) {
    const project = projectOf(service.name);
    found.set(project, [...(found.get(project) ?? []), service]);
  }
  return [...found]
    .map(([project, services]) => ({ project, services }))
    .sort((left, right) => ((left.project ?? "") < (right.project ?? "") ? -1 : 1));
}

export function projectOf(name: string): string | undefined {
  const slash = name.indexOf("/");
  return slash === -1 ? undefined : name.slice(0, slash);
}
