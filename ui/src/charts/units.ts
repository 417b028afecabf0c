/** Amounts as people say them, and where an axis ends: `184 MB`, `4.8 %`. Sizes are binary, as on the command line. */

/** A number never parts from its unit. */
const THIN = "\u202f";

const SIZES = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `184 MB`, `1.2 GB`: three digits at most. */
export function bytes(count: number): string {
  let [size, unit] = [count, 0];
  while (999.5 <= size && unit < SIZES.length - 1) [size, unit] = [size / 1024, unit + 1];
  const digits = size < 9.95 && 0 < unit && size !== Math.round(size) ? 1 : 0;
  return `${size.toFixed(digits)}${THIN}${SIZES[unit]}`;
}

/** `4.8 %`, `140 %`: of one processor, so it may be more than a hundred. */
export function percent(share: number): string {
  return `${share.toFixed(share < 99.95 ? 1 : 0)}${THIN}%`;
}

/** The same on an axis, where 50 is not 50.0. */
export function roundPercent(share: number): string {
  return `${Math.round(share * 10) / 10}${THIN}%`;
}

/** The end of an axis for percent: with room above the highest, and halves that are plain numbers. */
export function percentTop(most: number): number {
  for (const top of [2, 10, 20, 50, 100, 200, 400]) if (most <= top) return top;
  return Math.ceil(most / 400) * 400;
}

/** The end of an axis for sizes: a power of two. */
export function bytesTop(most: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(most, 4 * 1024 * 1024)));
}
