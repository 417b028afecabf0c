/**
 * A command line as words, and words as a command line.
 *
 * Split as a shell would split it, and nothing else that a shell does: no
 * variables, no globs, no pipes. What cannot be split is said, so that nobody
 * saves another command than the one that is shown.
 */

export type Split = { words: string[]; wrong?: undefined } | { words?: undefined; wrong: string };

export function split(line: string): Split {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word += character;
    } else if (character === "\\" && (quote === undefined || /["\\$`]/.test(line.charAt(at + 1)))) {
      at += 1;
      if (line.length <= at) return { wrong: "A backslash at the end escapes nothing." };
      word = (word ?? "") + line.charAt(at);
    } else if (quote === '"') {
      if (character === '"') quote = undefined;
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== undefined) return { wrong: `A quote is not closed: ${quote}` };
  if (word !== undefined) words.push(word);
  return { words };
}

/** Words as they would be typed. */
export function typed(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What a shell would have done and nothing here does: `|` and `$HOME` are then only characters. */
export function shellish(line: string): string | undefined {
  const bare = line.replaceAll(/'[^']*'/g, "");
  const found = /(\|\||&&|[|;<>]|\$[({A-Za-z]|`|(?:^|\s)~\/)/.exec(bare)?.[1]?.trim();
  return found;
}
