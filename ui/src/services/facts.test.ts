import { expect, test } from "vitest";

import { limit, logs, probe, restarts, stops } from "./facts";

const plain = (text: string | undefined) => text?.replaceAll(/\s/g, " ");

test("a policy is a sentence", () => {
  const config = { restart: "on-failure", max_restarts: 5, restart_window: "1m", stop_signal: "TERM", stop_timeout: "10s" };
  expect(plain(restarts(config))).toBe("After a failure, at most 5 in a row; counted anew after 1 m without a crash");
  expect(restarts({ ...config, restart: "always", max_restarts: 0 })).toContain("without limit");
  expect(restarts({ restart: "never" })).toBe("Never");
  expect(plain(stops(config))).toBe("SIGTERM, killed after 10 s");
});

test("a probe says what is asked, and how often", () => {
  const of = (kind: unknown) => plain(probe({ kind, timeout: "30s", interval: "250ms" }));
  expect(of({ tcp: { host: null, port: 5173 } })).toBe("Port `5173` accepts connections · timeout 30 s · interval 250 ms");
  expect(of({ http: { url: "http://127.0.0.1:1/", status: [] } })).toContain("`http://127.0.0.1:1/` answers");
  expect(of({ command: ["pg_isready", "-q"] })).toContain("`pg_isready -q` exits with 0");
  expect(of("notify")).toContain("sd_notify");
  expect(probe(null)).toBeUndefined();
});

test("a limit says who holds it, and one of a newer daemon is shown as it is", () => {
  expect(limit({ limit: "memory", allowed: "512M", holds: "enforced" })).toEqual({
    name: "Memory",
    text: "512\u202fMB · the kernel holds it to that",
  });
  expect(limit({ limit: "swap", allowed: "0", holds: "hope" as never }).text).toBe("0 · hope");
  expect(plain(logs({ log_keep: 5, log_max_size: "10M", log_max_age: "30d" }))).toBe("5 rotated files of 10 MB, at most 30 d old");
});
