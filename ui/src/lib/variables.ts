/**
 * The variables of a table as rows that a person edits, and back to the keys that
 * differ. A value that is not shown is kept unless another one is written.
 */

export interface Variable {
  name: string;
  value: string;
  /** It has a value that is not shown; left empty it keeps that. */
  covered: boolean;
}
/** A key and what to say there; nothing takes it out. */
export type Change = [key: string, value: unknown];

/** The rows of `env` as the daemon tells it, with null for what is covered. */
export function variables(env: unknown): Variable[] {
  const named = Object.entries((env ?? {}) as Record<string, unknown>);
  return named.map(([name, value]) => ({ name, value: typeof value === "string" ? value : "", covered: value === null }));
}

/** What has to be said and taken out, so that `before` becomes `now`; or what is wrong with that at once. */
export function changedVariables(before: readonly Variable[], now: readonly Variable[]): { changes: Change[]; wrong?: string } {
  const names = new Set(now.map(({ name }) => name.trim()));
  const changes: Change[] = before.filter(({ name }) => !names.has(name)).map(({ name }) => [keyOf(name), undefined]);
  for (const { name, value, covered } of now) {
    const old = before.find((one) => one.name === name.trim());
    if (name.trim() === "" || (covered && old?.covered && value === "") || (old && !old.covered && old.value === value)) continue;
    changes.push([keyOf(name.trim()), value]);
  }
  return names.size < now.length ? { changes, wrong: "A name stands there twice, or not at all." } : { changes };
}

function keyOf(name: string): string {
  return `env.${/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)}`;
}
