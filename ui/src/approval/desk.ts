/**
 * The one way out of the dialog.
 *
 * It is not that of the pages: this window calls no operation. It asks what is
 * shown, and decides that; it names no request and no digest, because what a
 * decision is about is known by whoever has issued its nonce.
 */

import type { Painted } from "../lib/api/transport";
import type { Request, ShownApproval } from "../lib/api/types.gen";

/** What is to be decided, and everything that a person is shown of it. */
export interface Seen extends ShownApproval {
  /** The process that asked, and those that started it. */
  line: { pid: number; name: string | null }[];
  past: Past;
  place: Place;
  /** What a decision has to say; good once. */
  nonce: string;
}

/** What has become of just this plan of just this client before. */
export interface Past {
  allowed: number;
  denied: number;
  last: string | null;
  /** Among how many requests. */
  of: number;
}

/** Where a request stands: all that may change while it is looked at. */
export interface Place {
  id: string;
  position: number;
  waiting: number;
  of_client: number;
  expires: string;
  over: Over | null;
}

/** What has become of a request that waits no more. */
export interface Over {
  state: Request["state"] | null;
  because: string | null;
  surface: string | null;
  at: string;
}

export interface Decision {
  nonce: string;
  verdict: "approve" | "deny";
  note?: string;
  /** once, 15m, 1h, session, always, or until when. */
  scope?: string;
  suggestion?: number;
}

/** All of it rejects with a `Fault`. */
export interface Desk {
  /** What is to be shown now, under a new nonce; nothing if nothing waits. */
  current(): Promise<Seen | null>;
  /** Another one of those that wait, without deciding. */
  look(delta: number): Promise<Seen | null>;
  decide(decision: Decision): Promise<void>;
  /** Says no to all that the same client waits for; how many that were. */
  denyClient(nonce: string, note?: string): Promise<number>;
  /** Not now: the window goes, and everything waits on. */
  later(): void;
  /** Somebody is still reading; until when there is time now. */
  extend(): Promise<string | null>;
  /** Tells where the request stands, whenever that changes. */
  watch(told: (place: Place | null) => void): void;
  /** The page is so high. */
  fit(height: number, first: boolean): void;
  /** Tells the program, once the browser has drawn what is mounted now. */
  painted?(what: Painted): void;
}
