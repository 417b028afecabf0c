/** The parts that pages share, without a page. */

import { mount } from "svelte";

import Parts from "./Parts.svelte";
import { press, type Scene, type Scenes } from "./scene";

const parts = (over?: "dialog" | "sheet"): Scene => ({ mount: (target) => void mount(Parts, { target, props: over ? { over } : {} }) });

export const PARTS: Scenes = {
  parts: parts(),
  "parts-menu": { ...parts(), then: () => press("button[aria-haspopup=menu]") },
  "parts-dialog": parts("dialog"),
  "parts-sheet": parts("sheet"),
};
