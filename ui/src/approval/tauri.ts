/** The desk behind the window's own program; the only file of the dialog that knows its commands. */

import { Channel, invoke } from "@tauri-apps/api/core";

import { Fault, type Painted } from "../lib/api/transport";
import type { Decision, Desk, Place, Seen } from "./desk";

export class TauriDesk implements Desk {
  current(): Promise<Seen | null> {
    return ask("approval_current");
  }

  look(delta: number): Promise<Seen | null> {
    return ask("approval_look", { delta });
  }

  async decide(decision: Decision): Promise<void> {
    await ask("approval_decide", { said: decision });
  }

  async denyClient(nonce: string, note?: string): Promise<number> {
    const { count } = await ask<{ count: number }>("approval_deny_client", { nonce, note: note ?? null });
    return count;
  }

  later(): void {
    ask("approval_later").catch(() => {});
  }

  extend(): Promise<string | null> {
    return ask("approval_extend");
  }

  watch(told: (place: Place | null) => void): void {
    const places = new Channel<Place | null>(told);
    ask("approval_watch", { places }).catch(() => {});
  }

  fit(height: number, first: boolean): void {
    ask("approval_fit", { height, first }).catch(() => {});
  }

  /** Tells the program, once the browser has drawn what is mounted now. */
  painted(what: Painted): void {
    // The first callback comes before that frame is drawn, the second after it.
    requestAnimationFrame(() => requestAnimationFrame(() => void ask("painted", { what }).catch(() => {})));
  }
}

async function ask<Answer>(command: string, params: Record<string, unknown> = {}): Promise<Answer> {
  try {
    return await invoke<Answer>(command, params);
  } catch (thrown) {
    throw Fault.from(thrown);
  }
}
