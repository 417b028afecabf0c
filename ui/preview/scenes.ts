/** All made-up states of the preview. A file of scenes is one line here. */

import { APPROVAL } from "./approval";
import { HOME } from "./home";
import { PARTS } from "./parts";
import type { Scenes } from "./scene";
import { SERVICES } from "./services";
import { SHELL } from "./shell";

export const SCENES: Scenes = {
  ...APPROVAL,
  ...HOME,
  ...PARTS,
  ...SERVICES,
  ...SHELL,
};
