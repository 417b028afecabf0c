// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";

import type { ServiceDetail } from "../lib/api/types.gen";
import Details from "./Details.svelte";

let details: Record<string, unknown> | undefined;

afterEach(async () => {
  if (details !== undefined) await unmount(details);
  details = undefined;
});

const plain = { name: "web", command: ["web"], config: { restart: "never", stop_signal: "TERM", stop_timeout: "10s", health: { kind: { tcp: { port: 80 } } } }, environment: [], runs: [], events: [] };

function show(more: object, again?: () => void): string {
  const detail = { ...plain, ...more } as unknown as ServiceDetail;
  details = mount(Details, { target: document.body, props: { detail, used: undefined, ...(again && { again }) } });
  flushSync();
  return document.querySelector(".details")?.textContent?.replaceAll(/\s+/g, " ") ?? "";
}

test("the program, the last probes and the processes are shown as the daemon has found them", () => {
  const processes = [
    { pid: 5, depth: 0, name: "node", memory_bytes: 2_097_152, cpu_seconds: 31.44 },
    { pid: 7, depth: 40, name: "<b>git\u202e", cpu_seconds: 0, zombie: true },
    { pid: 3, depth: 0, name: "sleep", memory_bytes: 4096, cpu_seconds: 7500, stray: true },
  ];
  const probes = { ready: { at: "2026-11-21T10:00:00Z" }, health: { at: "2026-11-21T10:00:05Z", problem: "it answers 503" } };
  const again = vi.fn();
  const said = show({ executable: "/usr/bin/node", probes, processes, more_processes: 3 }, again);
  const rows = [...document.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent?.replaceAll(/\s+/g, " ").trim()));
  expect(rows[0]).toEqual(["5", "node", "2 MB", "31.4 s"]);
  expect(rows[1]).toEqual(["7", "level 40, <b>git\\u{202e} zombie", "", "0.0 s"]);
  expect(rows[2]).toEqual(["3", "sleep stray", "4 kB", "2 h 5 m"]);
  expect(document.querySelector("tbody b")).toBeNull();
  expect(said).toContain("Executable /usr/bin/node");
  expect([...document.querySelectorAll(".found")].map((found) => found.textContent?.replace(/ at .*?(?=: |$)/, ""))).toEqual(["Passed", "Failed: it answers 503"]);
  expect(said).toContain("and 3 more");
  document.querySelector<HTMLButtonElement>("h2 button")?.click();
  expect(again).toHaveBeenCalledTimes(1);
});

test("a command that leads nowhere says why, and a daemon that tells less shows less", () => {
  expect(show({ no_executable: 'no program "web" in PATH /bin' })).toContain('Executable No program "web" in PATH /bin');
  expect(document.querySelector("table, .found, button")).toBeNull();
});
