/**
 * Text that came from outside, made safe to show.
 *
 * Control, bidirectional, invisible and private characters can make a name or a
 * message look like something else, so each is shown as an escape instead. Set
 * and form are the daemon's (`text`), so that the window, the dialog and the
 * command line never disagree about what a name is.
 */

import { written } from "./time";

const HIDDEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\u{f0000}-\u{10ffff}]/gu;

/** A piece of text: as it came, or the escape for a character that is not to be trusted. */
export interface Piece {
  text: string;
  token: boolean;
}

/** The text in pieces, for `Outside.svelte` to set the tokens apart. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (end < match.index) found.push({ text: text.slice(end, match.index), token: false });
    found.push({ text: escaped(match[0]), token: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end), token: false });
  return found;
}

/** The same as one string, for labels and tooltips: `web\u{202e}`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** The same, where lines are meant. */
export function lines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/** A phrase of the daemon's where it stands alone: `nothing answers` is `Nothing answers`. */
export function sentence(phrase: string): string {
  return phrase.replace(/^[a-z]+(?=,? )/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
}

/**
 * Why something ended, where it stands alone, with its length as the window says lengths: `exited with 1 after 2.2s: no
 * disk` is `Exited with 1 after 2.2 s: no disk`. What the program itself wrote stays as it is.
 */
export function reason(phrase: string): string {
  return sentence(event(phrase));
}

const LENGTH = /\b(after|in|within) ([\d.]+(?:ms|[dhms])[\d.dhms]*)(?=$|[:;,]| and )/g;

/** What the daemon says of a service in its log, with lengths as the window says them: `exited with 1 after 2.2 s; retry in 5 s`. */
export function event(phrase: string): string {
  const colon = phrase.indexOf(": ", Math.max(0, phrase.search(LENGTH)));
  // Behind it is what the program wrote.
  const said = colon < 0 ? phrase : phrase.slice(0, colon);
  return said.replace(LENGTH, (_, word: string, length: string) => `${word} ${written(length)}`) + phrase.slice(said.length);
}

/** What stands between backticks, an address or an absolute path: a machine wrote it, and reads it. */
const CODE = /`([^`]+)`|(?<![^\s"'(])((?:https?:\/|~)?\/[^\s"'()]*[^\s"'().,:;?!])/;

/** A sentence in parts, for `Prose.svelte` to set apart what a machine wrote. */
export function parts(text: string): { text: string; code: boolean }[] {
  const found = text.split(CODE).map((part, index) => ({ text: part ?? "", code: index % 3 !== 0 }));
  return found.filter((part) => part.text !== "");
}

/** A sentence with its full stop: `Nothing answers.` */
export function whole(phrase: string): string {
  return closed(sentence(phrase));
}

/** A phrase that ends a sentence, with its full stop if nothing else ends it. */
export function closed(phrase: string): string {
  return /[.?!…]$/.test(phrase) ? phrase : `${phrase}.`;
}

/** Why something failed, where it is said already that it did: `web failed: exit 1` is `exit 1`. */
export function cause(message: string, name: string): string {
  const said = [`${name} failed: `, `${name}: `].find((begin) => message.startsWith(begin));
  return said === undefined ? message : message.slice(said.length);
}

const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  return SHORT[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
