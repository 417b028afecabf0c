/**
 * Whether Hob starts at login.
 *
 * That is no matter of the daemon's but of the desktop's program, so it goes by a
 * command of its own and not through the transport. A page that a browser shows
 * has no such program, and does not offer it.
 */

import { invoke } from "@tauri-apps/api/core";

/** Whether it does, after making it so if that is wanted; undefined where nobody can say. */
export async function startsAtLogin(wanted?: boolean): Promise<boolean | undefined> {
  if (!("__TAURI_INTERNALS__" in window)) return undefined;
  return invoke<boolean>("starts_at_login", { wanted: wanted ?? null });
}
