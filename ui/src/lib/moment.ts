/** A day and a time as they are typed everywhere: in one form, whatever the browser's language. Pure. */

/** How such a field is shown while it is empty. */
export const EXAMPLE = "2026-11-21 14:02";

/** The day and, if there is one, the time: of `2026-11-21 14:02:11`, with the seconds or without; nothing where it is none. */
export function moment(text: string): { day: string; time: string | undefined } | undefined {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/.exec(text.trim()) ?? [];
  const at = new Date(`${day}T${time ?? "00:00"}`);
  // The thirtieth of February would be a day in March.
  return day === undefined || Number.isNaN(at.getTime()) || at.getDate() !== Number(day.slice(8)) ? undefined : { day, time };
}
