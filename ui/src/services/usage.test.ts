// @vitest-environment jsdom

import { afterEach, expect, test, vi } from "vitest";

import { Fake } from "../lib/api/fake";
import { listens, Usage } from "./usage.svelte";

afterEach(() => {
  vi.restoreAllMocks();
});

const web = { name: "web", run: 1, pid: 7, cpu_seconds: 1, memory_bytes: 1, resident_bytes: 1, processes: 1, threads: 1, open_files: 1 };
const item = (second: number, cpu_percent?: number) => ({ at: new Date(second * 1000).toISOString(), services: [{ ...web, cpu_percent }] });

test("nothing is followed where nobody looks", () => {
  const daemon = new Fake();
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  const usage = new Usage(daemon);
  usage.start();
  expect(daemon.followers("service.stats")).toBe(0);
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(daemon.followers("service.stats")).toBe(1);
  hidden.mockReturnValue(true);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(daemon.followers("service.stats")).toBe(0);
  usage.stop();
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(daemon.followers("service.stats")).toBe(0);
});

test("the first item of a following has no rate, and the one before it stays", () => {
  const daemon = new Fake();
  const heard: (number | undefined)[] = [];
  const usage = new Usage(daemon, ["web"], (_, before) => heard.push(before));
  usage.start();
  daemon.item("service.stats", item(10));
  daemon.item("service.stats", item(12, 4.5));
  usage.stop();
  usage.start();
  daemon.item("service.stats", item(60));
  expect(usage.latest.get("web")?.cpu_percent).toBe(4.5);
  expect(heard).toEqual([undefined, 10, undefined]);
  daemon.item("service.stats", { at: new Date().toISOString(), services: [] });
  expect(usage.latest.size).toBe(0);
});

test("ports are told in short, each once", () => {
  const port = (address: string, port: number) => ({ protocol: "tcp", address, port });
  expect(listens(undefined)).toEqual({ short: "", full: "" });
  const both = { ...web, ports: [port("0.0.0.0", 5173), port("::", 5173)] };
  expect(listens(both)).toEqual({ short: ":5173", full: "tcp 0.0.0.0:5173\ntcp [::]:5173" });
  expect(listens({ ...web, ports: [port("127.0.0.1", 9229), port("127.0.0.1", 3000)] }).short).toBe(":3000\u00a0+1");
});
