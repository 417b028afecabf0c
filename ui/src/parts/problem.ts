/** What is wrong in the configuration, read from the daemon's words. Pure. */

import type { KeyProblem } from "../lib/api/types.gen";

/** What is wrong and what to do about it, in one sentence. */
export function told({ message, hint }: KeyProblem): string {
  return hint ? `${message} (${hint})` : message;
}

/** Where it stands that no field of a form has: `/x/docs.toml:3: service.docs: wrong`; without a place it is only said. */
export function placed(problem: KeyProblem): { file?: string; line?: string; says: string } {
  const [, file, line, says] = /^(.+?):(\d+): (.*)$/s.exec(told(problem)) ?? [];
  return file === undefined || line === undefined || says === undefined ? { says: told(problem) } : { file, line, says };
}
