/**
 * What needs a person, from the board: decisions first, then what has failed and
 * will not mend itself. What tries again by itself needs nobody. Pure.
 */

import { all, type Board } from "../lib/board";
import type { JobStatus, ProjectStatus } from "../lib/api/types.gen";
import type { Status } from "../services/status";
import { waiting, type Waiting } from "../shell/waiting";

export type Need =
  | { kind: "requests"; requests: readonly Waiting[] }
  | { kind: "service"; service: Status }
  | { kind: "job"; job: JobStatus; run: number; since: string; why: string }
  | { kind: "project"; project: ProjectStatus; why: string };

/** How a run can end that somebody should look at. */
const BAD = ["failed", "timed-out", "lost"];

export function needs(board: Board): Need[] {
  const requests = waiting(board);
  const failed = all<Status>(board, "service").filter(({ state }) => state === "failed");
  return [
    ...(requests.length > 0 ? [{ kind: "requests" as const, requests }] : []),
    ...failed.map((service) => ({ kind: "service" as const, service })),
    ...all<JobStatus>(board, "job").flatMap(jobNeed),
    ...all<ProjectStatus>(board, "project").flatMap((project) =>
      project.note ? [{ kind: "project" as const, project, why: project.note }] : [],
    ),
  ];
}

function jobNeed(job: JobStatus): Need[] {
  const { last } = job;
  // One that runs again may mend it.
  if (!last || !BAD.includes(last.state) || job.running.length > 0) return [];
  return [{ kind: "job", job, run: last.id, since: last.ended ?? last.due, why: last.reason ?? last.state }];
}
