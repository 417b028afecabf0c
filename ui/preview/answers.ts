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
      { name: "config", path: "/home/ada/.config/hob", from: "XDG_CONFIG_HOME is not set" },
      { name: "state", path: "/home/ada/.local/state/hob", from: "XDG_STATE_HOME is not set" },
      { name: "socket", path: "/run/user/1000/hob/hob.sock", from: "XDG_RUNTIME_DIR" },
    ],
    tasks: [],
  }),
};
