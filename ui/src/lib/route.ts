/**
 * Where a window is, as the part of its address after `#`: `#/services/shop%2Fweb/logs?q=timeout`.
 *
 * A place is segments and parameters. Whatever does not parse is the first page.
 */

export interface Route {
  /** Decoded segments: `["services", "shop/web", "logs"]`; empty for the first page. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  try {
    return { path: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
  } catch {
    return { path: [], query: new URLSearchParams() };
  }
}

/** The address of a place; parameters without a value are left out. */
export function address(path: readonly string[], query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const parameters = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${parameters && `?${parameters}`}`;
}
