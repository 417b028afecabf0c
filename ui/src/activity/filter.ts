/**
 * What of the record is looked at. The daemon searches by who, kind, request and
 * text; how it went is told here, from what has come, because the record does not
 * know the word.
 */

import type { AuditSearch, Recorded } from "../lib/api/types.gen";
import { said, type Result } from "./entry";

export interface Filter {
  who: string;
  kind: string;
  request: string;
  text: string;
  result: Result | "";
}

export const NONE: Filter = { who: "", kind: "", request: "", text: "", result: "" };

const RESULTS = ["allowed", "denied", "failed"];

/** The filter that an address says: `#/activity?kind=call.made&q=web`. */
export function ofAddress(query: URLSearchParams): Filter {
  const result = query.get("result") ?? "";
  return {
    who: query.get("who") ?? "",
    kind: query.get("kind") ?? "",
    request: query.get("request") ?? "",
    text: query.get("q") ?? "",
    result: RESULTS.includes(result) ? (result as Result) : "",
  };
}

export function toAddress({ who, kind, request, text, result }: Filter): Record<string, string | undefined> {
  const said = (value: string) => (value === "" ? undefined : value);
  return { who: said(who), kind: said(kind), request: said(request), q: said(text), result: said(result) };
}

/** What the daemon is asked. */
export function question({ who, kind, request, text }: Filter, limit: number, before?: number): AuditSearch {
  return {
    limit,
    ...(who !== "" && { actor: who }),
    ...(kind !== "" && { kind }),
    ...(request !== "" && { request }),
    ...(text !== "" && { text }),
    ...(before !== undefined && { before }),
  };
}

export function isNone(filter: Filter): boolean {
  return Object.values(filter).every((value) => value === "");
}

/** Whether an entry that has just come would have been found. */
export function fits(entry: Recorded, filter: Filter): boolean {
  if (filter.who !== "" && entry.actor !== filter.who) return false;
  if (filter.kind !== "" && entry.kind !== filter.kind) return false;
  if (filter.request !== "" && entry.request !== filter.request) return false;
  // The daemon looks into the line as it is written, in which letters have their case.
  if (filter.text !== "" && !JSON.stringify([entry.kind, entry.actor, entry.surface, entry.request, entry.body]).includes(escaped(filter.text))) return false;
  return went(entry, filter);
}

/** Whether it went as is looked for. */
export function went(entry: Recorded, { result }: Filter): boolean {
  return result === "" || said(entry).result === result;
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
