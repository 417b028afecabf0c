/** Lines that were read on demand: all of them at once, in order, with none before or behind them that they could belong to. */

import { Traces } from "./fold";
import { Reader, type Line, type Moment, type Raw } from "./line";

export function whole(raws: readonly Raw[]): Line[] {
  const reader = new Reader();
  const traces = new Traces();
  const lines = [...reader.read(raws, 0), ...reader.overdue(Infinity)];
  for (const line of lines) traces.take(line);
  return lines;
}

export function now(): Moment {
  return { at: Date.now(), nanos: 0 };
}
