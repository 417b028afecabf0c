/**
 * What keys do wherever one is.
 *
 * A key without Ctrl does nothing while something is typed, and nothing at all
 * for those who have switched such keys off. What a page does with a key comes
 * first: the page says that it was meant by `preventDefault`. Pure, but for the
 * first half of a sequence that is remembered.
 */

export type Command = { kind: "go"; path: string } | { kind: "palette" } | { kind: "help" };

/** Of a keyboard event, what matters here. */
export interface Press {
  key: string;
  ctrl: boolean;
  alt: boolean;
  /** Where it would be typed. */
  typing: boolean;
  /** In milliseconds. */
  at: number;
}

interface Place {
  path: string;
  key: string;
}

/** Where Ctrl and a comma lead, as on most desktops. */
const SETTINGS = "settings";

/** For so long `g` waits for its second letter. */
const PATIENCE = 1500;

export class Keys {
  readonly #places: readonly Place[];
  #began = -Infinity;

  constructor(places: readonly Place[]) {
    this.#places = places;
  }

  /** What this key asks for; undefined if nothing. */
  press({ key, ctrl, alt, typing, at }: Press, letters: boolean): Command | undefined {
    const second = at - this.#began <= PATIENCE;
    this.#began = -Infinity;
    if (alt) return undefined;
    if (ctrl) return this.#withControl(key);
    if (typing || !letters) return undefined;
    if (key === "?") return { kind: "help" };

    const place = second ? this.#places.find((page) => page.key === key) : undefined;
    if (place) return { kind: "go", path: place.path };
    if (key === "g") this.#began = at;
    return undefined;
  }

  #withControl(key: string): Command | undefined {
    if (key === "k" || key === "K") return { kind: "palette" };
    if (key === "," && this.#places.some(({ path }) => path === SETTINGS)) return { kind: "go", path: SETTINGS };
    const place = /^[1-9]$/.test(key) ? this.#places[Number(key) - 1] : undefined;
    return place && { kind: "go", path: place.path };
  }
}

/** Whether a key would write something where it is pressed. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
