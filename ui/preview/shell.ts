/** The window itself: without a daemon, with one that was lost, and what lies over the pages. */

import { Fault } from "../src/lib/api/transport";
import { named, type Scenes } from "./scene";
import { mixed } from "./services";

const at = "/services";
const gone = new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)");

export const SHELL: Scenes = {
  connecting: { at },
  down: { at, lost: gone },
  lost: { at, board: named("service", mixed), lost: gone },
};
