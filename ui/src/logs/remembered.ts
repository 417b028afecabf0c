/** What a person has set in a pane: for good how it looks, until the window is closed what was cleared. */

import { moment, written, type Moment } from "./line";

export interface Looks {
  wrap: boolean;
  time: boolean;
}

export function looks(pane: string): Looks {
  const known = read(() => localStorage, `hob.logs.${pane}`) ?? "";
  return { wrap: known.includes("wrap"), time: !known.includes("timeless") };
}

export function keepLooks(pane: string, { wrap, time }: Looks): void {
  write(() => localStorage, `hob.logs.${pane}`, `${wrap ? "wrap " : ""}${time ? "" : "timeless"}`.trim());
}

export function cleared(pane: string): Moment | undefined {
  const known = read(() => sessionStorage, `hob.logs.cleared.${pane}`);
  return known ? moment(known) : undefined;
}

export function keepCleared(pane: string, until: Moment | undefined): void {
  write(() => sessionStorage, `hob.logs.cleared.${pane}`, until && written(until));
}

// A browser may forbid all of this; then it is forgotten.
function read(storage: () => Storage, key: string): string | undefined {
  try {
    return storage().getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage: () => Storage, key: string, value: string | undefined): void {
  try {
    if (value) storage().setItem(key, value);
    else storage().removeItem(key);
  } catch {
    // As above.
  }
}
