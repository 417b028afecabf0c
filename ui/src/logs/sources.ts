/** Which services the merged log shows, as its address says. */

const COLOURS = 8;

/** The names in the address; all where none are given. */
export function chosen(query: URLSearchParams, all: readonly string[]): { names: string[]; missing: string[] } {
  const given = query.get("sources");
  if (given === null) return { names: [...all], missing: [] };
  const wanted = new Set(given.split(",").filter(Boolean));
  const known = new Set(all);
  return { names: all.filter((name) => wanted.has(name)), missing: [...wanted].filter((name) => !known.has(name)) };
}

/** The parameter for these; none where they are all there are. */
export function parameter(names: readonly string[], all: readonly string[]): string | undefined {
  return names.length === all.length ? undefined : names.join(",");
}

/** Each service's colour; it stays the same whichever are shown. */
export function colours(all: readonly string[]): ReadonlyMap<string, number> {
  return new Map(all.map((name, index) => [name, index % COLOURS]));
}
