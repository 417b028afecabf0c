/**
 * A command as one line and as words. The line is split as the daemon and a
 * shell would do it, without ever being given to one; nothing in it is expanded.
 */

/** The words of a line, or what is wrong with it. */
export function split(line: string): { words: string[] } | { wrong: string } {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (quote === "'" && character !== "'") word += character;
    else if (character === "\\" && quote !== "'") {
      at += 1;
      const next = line.charAt(at);
      if (next === "") return { wrong: "ends with a backslash" };
      word = (word ?? "") + (quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next);
    } else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === "'" || character === '"')) {
      quote = character;
      word ??= "";
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) return { wrong: `has a ${quote} that is never closed` };
  if (word !== undefined) words.push(word);
  return { words };
}

/** Words as a line that splits into them again, and that a shell reads as the same. */
export function line(words: readonly string[]): string {
  return words.map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
