/** What every scene's daemon answers unless the scene says otherwise: what it is, and that it is well. */

import type { Answer } from "../src/lib/api/fake";
import { minutesAgo } from "./scene";

export const ANSWERS: Record<string, Answer> = {
  "system.status": () => ({
    version: "0.1.0",
    started: minutesAgo(192),
    uptime_ms: 192 * 60_000,
    pid: 46_982,
    holds: 7,
    home: "/home/ada/.local/state/hob",
    paths: [
      { name: "config directory", path: "/home/ada/.config/hob", from: "the default" },
      { name: "state directory", path: "/home/ada/.local/state/hob", from: "the default" },
      { name: "socket", path: "/run/user/1000/hob/hob.sock", from: "$XDG_RUNTIME_DIR" },
      { name: "daemon log", path: "/home/ada/.local/state/hob/logs/hob.log", from: "the default" },
      { name: "database", path: "/home/ada/.local/state/hob/hob.db", from: "the default" },
    ],
    tasks: [],
  }),
  "system.doctor": () => ({
    checks: [
      { name: "state directory", verdict: "ok", detail: "/home/ada/.local/state/hob is writable" },
      { name: "socket paths", verdict: "ok", detail: "/run/user/1000/hob/hob.sock" },
      { name: "configuration", verdict: "ok", detail: "41 values, all good" },
      { name: "launcher", verdict: "ok", detail: "/home/ada/.local/bin/hob-launch" },
      { name: "audit key", verdict: "ok", detail: "only its owner can read it" },
      { name: "open files", verdict: "warning", detail: "at most 1024, and 10 services may need 1300", remedy: "`ulimit -n 4096` before the daemon is started" },
      { name: "disk space", verdict: "ok", detail: "28546 MiB free at /home/ada/.local/state/hob" },
      { name: "process descriptors", verdict: "ok", detail: "the kernel has them" },
    ],
  }),
  "system.pause": () => ({ paused: true }),
  "system.resume": () => ({ paused: false }),
};
