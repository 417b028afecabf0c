/** Which lines of a TOML file are a table's: from its head to the next head that is not below it. */

export function section(lines: readonly string[], line: number): { first: number; last: number } {
  const first = line - 1;
  const head = /^\s*\[\s*([^[\]]+?)\s*\]/.exec(lines[first] ?? "")?.[1];
  if (head === undefined) return { first, last: first };
  const isOther = (text: string) => {
    const other = /^\s*\[+\s*([^[\]]+?)\s*\]/.exec(text)?.[1];
    return other !== undefined && !other.startsWith(`${head}.`);
  };
  const next = lines.findIndex((text, index) => first < index && isOther(text));
  let last = (next === -1 ? lines.length : next) - 1;
  // Blank lines and comments before the next head are that one's.
  while (first < last && /^\s*(#.*)?$/.test(lines[last] ?? "")) last -= 1;
  return { first, last };
}
