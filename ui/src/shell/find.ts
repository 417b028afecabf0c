/**
 * Which of the palette's entries somebody means.
 *
 * Each word that is typed must be in the entry's words; entries where it begins
 * one come before those where it stands inside, and what was said first of all
 * comes first among equals. Pure.
 */

export interface Entry {
  /** What stands there: "Restart shop/web". */
  label: string;
  /** What kind of thing it is: "Service", "Page". */
  kind: string;
  /** More words that find it. */
  also?: string;
  /** Only found when something is typed: there are too many of them. */
  quiet?: boolean;
}

/** More than this nobody reads. */
const MOST = 50;

export function find<Found extends Entry>(entries: readonly Found[], query: string): Found[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.filter((entry) => !entry.quiet).slice(0, MOST);

  const ranked = entries.flatMap((entry, place) => {
    const rank = rankOf(entry, words);
    return rank === undefined ? [] : [{ entry, rank, place }];
  });
  ranked.sort((left, right) => left.rank - right.rank || left.place - right.place);
  return ranked.slice(0, MOST).map(({ entry }) => entry);
}

/** Lower is better; undefined if it is not meant. */
function rankOf({ label, kind, also = "" }: Entry, words: readonly string[]): number | undefined {
  const said = label.toLowerCase();
  const text = `${said} ${also.toLowerCase()} ${kind.toLowerCase()}`;
  let rank = said.startsWith(words.join(" ")) ? 0 : 1;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at === -1) return undefined;
    const begins = at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? "");
    rank += at >= said.length ? 6 : begins ? 0 : 3;
  }
  return rank;
}
