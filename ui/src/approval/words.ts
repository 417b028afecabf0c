/** The dialog's sentences. They are built from facts alone; what somebody claims is quoted elsewhere. */

import type { Block, Hint, HintLevel, SimilarCommand } from "../lib/api/types.gen";
import { ago, clockTime } from "../lib/time";
import type { Over, Past, Seen } from "./desk";

/** How risky it looks: a word and a shape. */
export type Risk = "low" | "elevated" | "high";

export const RISKS: Record<Risk, string> = { low: "Low risk", elevated: "Elevated risk", high: "High risk" };

const LEVELS: Record<HintLevel, Risk> = { note: "low", caution: "elevated", danger: "high" };

export function risk(level: HintLevel | null | undefined): Risk {
  return level ? LEVELS[level] : "low";
}

/** The worst of the hints; the daemon has them sorted, but nothing here rests on that. */
export function worst(hints: Hint[]): Risk {
  const has = (level: HintLevel) => hints.some((hint) => hint.level === level);
  return has("danger") ? "high" : has("caution") ? "elevated" : "low";
}

/** What comes after the name of who asks. */
export function wants(view: Block[]): string {
  return isRoot(view) ? "wants to run a command as root" : "wants to run a command";
}

function isRoot(view: Block[]): boolean {
  const client = view.find((block) => block.fact === "client");
  return client?.rows.some((row) => row.badges?.some((badge) => badge.id === "user.root")) ?? false;
}

/** What is known of who asks, and whether that was checked. */
export function identity(id: string): { text: string; checked: boolean } {
  switch (id) {
    case "local":
      return { text: "a program of yours without a token, not verified", checked: false };
    case "supervised":
      return { text: "something that Hob has started, not verified", checked: false };
    case "anonymous":
      return { text: "somebody without a token, not verified", checked: false };
    default:
      return { text: "its token was checked by Hob", checked: true };
  }
}

/** What became of just this before. */
export function history(past: Past, now: number): string {
  const { allowed, denied, last, of } = past;
  if (last === null) return of === 0 ? "First request of all" : `Not asked for before, among the last ${of} requests`;
  const counts = [allowed > 0 ? `allowed ${allowed}×` : "", denied > 0 ? `denied ${denied}×` : "never denied"];
  const when = `last asked ${ago(last, now).text}`;
  return `Asked for before, just like this: ${[...counts, when].filter((part) => part !== "").join(", ")}`;
}

/** In what the command before this that is most like it was another: `without --force`, `in /srv`. */
export function differs(similar: SimilarCommand | null | undefined): { word: "without" | "with" | "in"; text: string }[] {
  const { without, with: had, cwd } = similar ?? {};
  return [
    { word: "without" as const, text: without?.join(" ") },
    { word: "with" as const, text: had?.join(" ") },
    { word: "in" as const, text: cwd },
  ].flatMap(({ word, text }) => (text ? [{ word, text }] : []));
}

/** What has become of a request that waits no more, in one sentence. */
export function ended(client: string, over: Over, now: number): string {
  const at = clockTime(over.at, now);
  const where = over.surface === "cli" ? " in a terminal" : "";
  switch (over.state) {
    case "cancelled":
      return over.because === "its requester has gone"
        ? `${client} went away at ${at}. Nothing was run.`
        : `${client} no longer wants it, since ${at}. Nothing was run.`;
    case "expired":
      return `Nobody answered until ${at}. Nothing was run, and ${client} is told that nobody answered.`;
    case "denied_user":
      return `Denied${where} at ${at}.`;
    case "approved":
    case "claimed":
    case "running":
    case "finished":
    case "failed":
    case "killed":
      return `Allowed${where} at ${at}.`;
    case "invalidated":
      return `The policy says no since ${at}. Nothing was run.`;
    case "orphaned":
      return `The daemon was restarted at ${at}; ${client} may ask again. Nothing was run.`;
    default:
      return `It no longer waits, since ${at}${over.because === null ? "" : `: ${over.because}`}.`;
  }
}

/** What a yes was, for the line that stays when the next one is shown. */
export function said(verdict: "approve" | "deny", scope: string, display: string): string {
  const what = verdict === "deny" ? "Denied" : scope === "once" ? "Allowed once" : "Allowed, and from now on";
  return `${what}: ${display}`;
}

/** Why nothing more than once is offered, or not for longer; nothing if all is. */
export function limits(seen: Pick<Seen, "effect" | "offers_always" | "suggestions">): { always?: string; while?: string } {
  if (seen.effect === "ask_always") {
    const why = "the policy asks about this every time";
    return { always: why, while: why };
  }
  if (!seen.offers_always) return { always: "not offered, because this can run anything, something of it is covered or no rule can be about its arguments" };
  if (seen.suggestions.length === 0) return { always: "not offered for arguments that no rule can be about" };
  return {};
}

/** Bytes of a text, as people count them: `4 120 characters`. */
export function characters(count: number): string {
  return `${grouped(count)} ${count === 1 ? "character" : "characters"}`;
}

export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
