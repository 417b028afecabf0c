/**
 * The text of a line in pieces: coloured as it asks for, and safe.
 *
 * Only colours and weights are obeyed (SGR), each as a class: which colour that
 * is in either theme, and that it can be read, is decided in `palette.css`. All
 * other escape sequences, which in a terminal could move the cursor or rename
 * the window, are shown as `\u{1b}[2J`; control, bidirectional and invisible
 * characters as tokens. Nothing here makes markup: the pieces become text nodes.
 *
 * Colours begin anew with each line, unlike in a terminal: a line is read alone,
 * found by a search or between those of another service.
 */

import { pieces as outside, visible } from "../lib/text";

export interface Piece {
  readonly text: string;
  /** Classes of `palette.css`, or nothing. */
  readonly style: string;
  /** It stands for a character or an escape sequence that is not shown as it is. */
  readonly token: boolean;
  /** So many characters of the plain text it is; another number than that of `text` only for a token. */
  readonly length: number;
}

/** Colours and weights; the only escapes that disappear. */
const SGR = /\u001b\[([\d;:]*)m/g;
/** Any other escape sequence, with what belongs to it: CSI, OSC and the like, or a single character. */
const ESCAPE = /(?:\u001b\[|\u009b)[\u0020-\u003f]*[\u0040-\u007e]?|\u001b[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[\u0020-\u002f]*[\u0030-\u007e]?/g;
/** What needs a second look; most lines have nothing of it. */
const ODD = /[\u00ad\u0000-\u0008\u000a-\u001f\u007f-\u009f]|[^\u0020-\u02ff\u0370-\u05ff\t]/;

/** The text as it is read: without what only colours it. Searching means this. */
export function plain(text: string): string {
  return text.includes("\u001b[") ? text.replace(SGR, "") : text;
}

/** The pieces of a line's text. */
export function pieces(text: string): Piece[] {
  if (!ODD.test(text)) return text === "" ? [] : [{ text, style: "", token: false, length: text.length }];
  const found: Piece[] = [];
  const pen = new Pen();
  let end = 0;
  for (const match of text.matchAll(SGR)) {
    harmless(text.slice(end, match.index), pen.style, found);
    pen.apply(match[1] ?? "");
    end = match.index + match[0].length;
  }
  harmless(text.slice(end), pen.style, found);
  return found;
}

function harmless(text: string, style: string, found: Piece[]): void {
  let end = 0;
  for (const match of text.matchAll(ESCAPE)) {
    shown(text.slice(end, match.index), style, found);
    found.push({ text: visible(match[0]), style, token: true, length: match[0].length });
    end = match.index + match[0].length;
  }
  shown(text.slice(end), style, found);
}

function shown(text: string, style: string, found: Piece[]): void {
  if (text === "") return;
  // A tab is the one control character that everybody means as it is.
  for (const [index, part] of text.split("\t").entries()) {
    if (index > 0) add("\t", style, found);
    for (const piece of outside(part)) {
      if (!piece.token) add(piece.text, style, found);
      else found.push({ text: piece.text, style, token: true, length: width(piece.text) });
    }
  }
}

/** Pieces of the same style are one. */
function add(text: string, style: string, found: Piece[]): void {
  const last = found[found.length - 1];
  const isMore = last !== undefined && !last.token && last.style === style;
  const whole = isMore ? last.text + text : text;
  if (isMore) found.pop();
  found.push({ text: whole, style, token: false, length: whole.length });
}

/** Characters beyond the first plane are two of a string. */
function width(escape: string): number {
  return escape.length > "\\u{ffff}".length ? 2 : 1;
}

/** What the escapes so far have asked for. */
class Pen {
  style = "";
  #front: string | undefined;
  #back: string | undefined;
  #flags = new Set<string>();

  apply(parameters: string): void {
    const codes = parameters.split(";").flatMap(numbers);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at] ?? 0;
      if (code === 38 || code === 48) {
        const { colour, used } = extended(codes.slice(at + 1));
        if (code === 38) this.#front = colour;
        else this.#back = colour;
        at += used;
      } else this.#one(code);
    }
    const inverse = this.#flags.has("inverse");
    const classes = [...this.#flags];
    // Behind coloured ground the text keeps its own colour: no pair of theirs can then be unreadable.
    if (this.#back !== undefined) classes.push(`back-${this.#back}`);
    else if (inverse && this.#front !== undefined) classes.push(`back-${this.#front}`);
    else if (this.#front !== undefined) classes.push(`front-${this.#front}`);
    this.style = classes.join(" ");
  }

  #one(code: number): void {
    const on = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 8: "dim", 9: "struck" }[code];
    if (on !== undefined) this.#flags.add(on);
    else if (code === 0) (this.#front = undefined), (this.#back = undefined), this.#flags.clear();
    else if (code === 22) this.#off("bold", "dim");
    else if (code === 28) this.#off("dim");
    else if (23 <= code && code <= 29) this.#off({ 23: "italic", 24: "underline", 27: "inverse", 29: "struck" }[code] ?? "");
    else if (30 <= code && code <= 37) this.#front = COLOURS[code - 30];
    else if (90 <= code && code <= 97) this.#front = COLOURS[code - 82];
    else if (40 <= code && code <= 47) this.#back = COLOURS[code - 40];
    else if (100 <= code && code <= 107) this.#back = COLOURS[code - 92];
    else if (code === 39) this.#front = undefined;
    else if (code === 49) this.#back = undefined;
  }

  #off(...flags: string[]): void {
    for (const flag of flags) this.#flags.delete(flag);
  }
}

const COLOURS = [
  ...["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"],
  ...["grey", "red", "green", "yellow", "blue", "magenta", "cyan", "white"],
];

/** A parameter may have parts of its own: `38:2::r:g:b` is a colour, `4:3` a kind of underline. */
function numbers(parameter: string): number[] {
  const [first = "", ...parts] = parameter.split(":");
  const isColour = first === "38" || first === "48";
  return [first, ...(isColour ? parts.filter((part) => part !== "") : [])].map(Number);
}

/** `38;5;n` and `38;2;r;g;b`: the nearest of ours, so that it can be read in both themes. */
function extended([kind, ...rest]: number[]): { colour: string | undefined; used: number } {
  if (kind === 5) return { colour: indexed(rest[0] ?? 0), used: 2 };
  if (kind === 2) return { colour: nearest(rest[0] ?? 0, rest[1] ?? 0, rest[2] ?? 0), used: 4 };
  return { colour: undefined, used: 0 };
}

function indexed(index: number): string | undefined {
  if (index < 16) return COLOURS[index];
  if (index >= 232) return index < 244 ? "grey" : "white";
  const cube = index - 16;
  const part = (share: number) => Math.floor(cube / share) % 6 * 51;
  return nearest(part(36), part(6), part(1));
}

function nearest(red: number, green: number, blue: number): string {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 40) return most < 64 ? "black" : most < 160 ? "grey" : "white";
  const span = most - least;
  const hue =
    most === red ? ((green - blue) / span + 6) % 6 : most === green ? (blue - red) / span + 2 : (red - green) / span + 4;
  return (["red", "yellow", "green", "cyan", "blue", "magenta"] as const)[Math.round(hue) % 6] ?? "white";
}
