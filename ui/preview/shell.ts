/** The window itself: without a daemon, with one that was lost, and what lies over the pages. */

import { Fault } from "../src/lib/api/transport";
import { drawn, focus, minutesAhead, named, press, type, type Scenes } from "./scene";
import { stats } from "./service";
import { mixed } from "./services";

const at = "/services";
const gone = new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)");

export const SHELL: Scenes = {
  connecting: { at },
  down: { at, lost: gone },
  lost: { at, board: named("service", mixed), feeds: { "service.stats": stats }, lost: gone },
  palette: { at, board: named("service", mixed), feeds: { "service.stats": stats }, then: () => press("button.find") },
  "palette-typed": {
    at,
    board: named("service", mixed), feeds: { "service.stats": stats },
    then: async () => {
      await press("button.find");
      await type("dialog input", "work");
    },
  },
  "palette-nothing": {
    at,
    board: named("service", mixed), feeds: { "service.stats": stats },
    then: async () => {
      await press("button.find");
      await type("dialog input", "kubernetes");
    },
  },
  "palette-refused": {
    at,
    board: named("service", mixed), feeds: { "service.stats": stats },
    answers: {
      "service.restart": () => {
        throw new Fault("conflict", "worker failed: connect ECONNREFUSED 127.0.0.1:6379", "`hob logs worker` shows what it said");
      },
    },
    then: async () => {
      await press("button.find");
      await type("dialog input", "restart worker");
      await press("dialog [role=option]");
      await drawn(".toast");
    },
  },
  keys: { at, board: named("service", mixed), feeds: { "service.stats": stats }, then: async () => void window.dispatchEvent(new KeyboardEvent("keydown", { key: "?" })) },
  settings: { at: "/settings", board: {}, then: async () => void (await drawn("[data-verdict]")) },
  "settings-paused": { at: "/settings", board: { system: { pause: { until: minutesAhead(60 * 20) } } }, then: () => focus("button[role=switch]") },
  "settings-lost": { at: "/settings", board: {}, lost: gone },
};
