import { expect, test } from "vitest";

import { limit, logs, probe, restarts, stops } from "./facts";

test("a policy is a sentence", () => {
  const config = { restart: "on-failure", max_restarts: 5, restart_window: "1m", stop_signal: "TERM", stop_timeout: "10s" };
  expect(restarts(config)).toBe("After a failure, at most 5 in a row; forgiven after 1m of calm");
  expect(restarts({ ...config, restart: "always", max_restarts: 0 })).toContain("without limit");
  expect(restarts({ restart: "never" })).toBe("Never");
  expect(stops(config)).toBe("SIGTERM, killed after 10s");
});

test("a probe says what is asked, and how often", () => {
  const of = (kind: unknown) => probe({ kind, timeout: "30s", interval: "250ms" });
  expect(of({ tcp: { host: null, port: 5173 } })).toBe("Port 5173 accepts connections · timeout 30s · interval 250ms");
  expect(of({ http: { url: "http://127.0.0.1:1/", status: [] } })).toContain("http://127.0.0.1:1/ answers");
  expect(of({ command: ["pg_isready", "-q"] })).toContain("pg_isready -q exits with 0");
  expect(of("notify")).toContain("sd_notify");
  expect(probe(null)).toBeUndefined();
});

test("a limit says who holds it, and one of a newer daemon is shown as it is", () => {
  expect(limit({ limit: "memory", allowed: "512M", holds: "enforced" })).toEqual({
    name: "Memory",
    text: "512M · the kernel holds it to that",
  });
  expect(limit({ limit: "swap", allowed: "0", holds: "hope" as never }).text).toBe("0 · hope");
  expect(logs({ log_keep: 5, log_max_size: "10M", log_max_age: "30d" })).toBe("5 rotated files of 10M, at most 30d old");
});
