/**
 * How long there is to decide: the daemon's deadline, and nobody else's.
 *
 * Said aloud twice, a minute and ten seconds before the end; who hears it more
 * often cannot read.
 */

/** When it is said, in seconds before the end. */
const SAID = [60, 10];

/** `9:32`, `1:02:03`; never less than nothing. */
export function clock(left: number): string {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number: number) => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** What is to be said between two looks at the clock; nothing, mostly. */
export function announcement(before: number, left: number): string | undefined {
  const passed = SAID.findLast((seconds) => left <= seconds * 1000 && seconds * 1000 < before);
  return passed === undefined ? undefined : `Expires unanswered in ${passed === 60 ? "one minute" : `${passed} seconds`}`;
}

/** How much of the time there is left, from 0 to 1. */
export function share(left: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, left / whole));
}
