import { expect, test } from "vitest";

import { Fault } from "../lib/api/transport";
import { added, BLANK, commandLine, placed, schedule, type Form } from "./form";

const form = (rest: Partial<Form> = {}): Form => ({ ...BLANK, name: "backup", command: "restic backup /home", ...rest });

function params(rest: Partial<Form> = {}): object {
  const result = added(form(rest));
  if ("errors" in result) throw new Error(JSON.stringify(result.errors));
  return result.params;
}

test("only what was said is asked for", () => {
  expect(params()).toEqual({ name: "backup", command: ["restic", "backup", "/home"], cron: ["0 2 * * *"] });
});

test("everything that was said is asked for", () => {
  expect(params({ when: "at", at: "2026-12-01T09:00", zone: " UTC ", overlap: "parallel", parallel: "3", missed: "all", all: "5", grace: "2h", timeout: "30m", retries: "2", queue: "disk", workingDir: "/tmp" })).toEqual({
    name: "backup",
    command: ["restic", "backup", "/home"],
    at: ["2026-12-01T09:00"],
    zone: "UTC",
    overlap: "parallel(3)",
    missed: "all(5)",
    grace: "2h",
    timeout: "30m",
    retries: 2,
    queue: "disk",
    working_dir: "/tmp",
  });
});

test("what does not belong to a trigger stays unsaid", () => {
  expect(params({ when: "every", zone: "UTC" })).toEqual({ name: "backup", command: ["restic", "backup", "/home"], every: "15m" });
  expect(params({ when: "files", files: "src/**/*.rs, Cargo.toml", missed: "skip", grace: "1h" })).toMatchObject({ files: ["src/**/*.rs", "Cargo.toml"], overlap: "skip" });
  expect(params({ when: "files", files: "src", overlap: "queue" })).not.toHaveProperty("overlap");
  expect(params({ when: "asked" })).toEqual({ name: "backup", command: ["restic", "backup", "/home"] });
});

test("what is missing is said before anybody is asked", () => {
  const check = (rest: Partial<Form>, ...keys: string[]) => {
    const result = added(form(rest));
    expect("errors" in result && Object.keys(result.errors)).toEqual(keys);
  };
  check({ name: " " }, "name");
  check({ command: "" }, "command");
  check({ command: "echo 'a" }, "command");
  check({ cron: "" }, "cron");
  check({ when: "files" }, "files");
  check({ retries: "many" }, "retries");
});

test("only what can be computed is previewed", () => {
  expect(schedule(form({ zone: "UTC" }))).toEqual({ cron: ["0 2 * * *"], zone: "UTC" });
  expect(schedule(form({ when: "every" }))).toEqual({ every: "15m" });
  for (const rest of [{ cron: " " }, { when: "at" }, { when: "files", files: "src" }, { when: "asked" }] as const) expect(schedule(form(rest))).toBeUndefined();
});

test("a refusal stands at its field", () => {
  const check = (message: string, errors: object, given?: Form) => expect(placed(new Fault("invalid", message), given)).toEqual(errors);
  check('cron: cron "61 * * * *", character 1: "61" is not a minute; write 0 to 59', { cron: 'cron "61 * * * *", character 1: "61" is not a minute; write 0 to 59' });
  check('every: every: the duration "15" needs a unit', { every: 'the duration "15" needs a unit' });
  check('the configuration is invalid\n/x/jobs.d/x.toml:5: job.x.timeout: timeout must be 1ms to 8760h, not 0s\n/x/jobs.d/x.toml:4: job.x.queue: there is no queue named "dsik"', {
    timeout: "timeout must be 1ms to 8760h, not 0s",
    queue: 'there is no queue named "dsik"',
  });
  check("the configuration is invalid\n/x/jobs.d/x.toml:5: job.x.on.files: no such directory", { files: "no such directory" });
  check('job.add: the duration "5" needs a unit: "5s" is seconds at line 1 column 49', { grace: 'the duration "5" needs a unit: "5s" is seconds' }, form({ grace: "5", timeout: "10m" }));
  check('the job name "a b" is not allowed', { name: 'the job name "a b" is not allowed' });
  check("disk full", { form: "disk full" });
});

test("the same on the command line is quoted as it has to be", () => {
  const result = added(form({ zone: "Europe/Madrid", command: "restic backup 'my files'", retries: "2" }));
  expect("params" in result && commandLine(result.params)).toBe("hob job add backup --cron '0 2 * * *' --zone Europe/Madrid --retries 2 -- restic backup 'my files'");
});
