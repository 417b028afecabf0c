/** All made-up states of the preview. A file of scenes is one line here. */

import { ACTIVITY } from "./activity";
import { APPROVALS } from "./approvals";
import { HOME } from "./home";
import { JOBS } from "./jobs";
import { PARTS } from "./parts";
import type { Scenes } from "./scene";
import { SERVICES } from "./services";
import { SHELL } from "./shell";

export const SCENES: Scenes = {
  ...HOME,
  ...PARTS,
  ...SERVICES,
  ...SHELL,
  ...JOBS,
  ...APPROVALS,
  ...ACTIVITY,
};
