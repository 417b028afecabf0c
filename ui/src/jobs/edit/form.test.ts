import { expect, test } from "vitest";

import { blank, changes, commandLine, fieldOf, misread, others, read, schedule, type Form, type Table } from "./form";

const TABLE: Table = {
  command: ["restic", "backup", "it's"],
  cron: "0 2 * * *",
  zone: "Europe/Madrid",
  overlap: "parallel(3)",
  missed: "all(5)",
  grace: "2h",
  retries: 2,
  env: { PORT: "1", KEY: null },
  keep: { runs: 5 },
};

function said(rest: Partial<Form>, table: Table = TABLE): [Record<string, unknown>, string[]] {
  const { set, unset } = changes(table, { ...read(table), ...rest });
  return [Object.fromEntries(set.map(({ key, value }) => [key, value])), unset];
}

const added = (rest: Partial<Form>) => said({ ...blank(), command: "restic backup", ...rest }, {})[0];

test("what is not touched is not said", () => {
  for (const table of [
    TABLE,
    {},
    { command: "web -v", shell: true, every: "15m" },
    { command: ["x"], cron: ["0 2 * * *"], overlap: "skip", missed: "once" },
    { command: ["x"], on: { files: ["src/**"], debounce: "1s" }, overlap: "queue", zone: "UTC", grace: "1h" },
    { command: ["x"], on: [{ event: "job.failed" }, { files: ["a"] }], at: ["2026-12-01T09:00+01:00"], cron: ["@daily", "@weekly"] },
    { command: ["x"], on: { event: "service.failed", name: "web" } },
  ]) expect(said({}, table), JSON.stringify(table)).toEqual([{}, []]);
});

test("a text becomes what the file has there", () => {
  expect(said({ command: "restic 'a b'", cron: "0 3 * * *", zone: "", overlap: "skip", missed: "once", grace: "", retries: "4", queue: "disk", timeout: "1h", workingDir: "~/x" })).toEqual([
    { command: ["restic", "a b"], cron: "0 3 * * *", retries: 4, queue: "disk", timeout: "1h", working_dir: "~/x" },
    ["zone", "overlap", "missed", "grace"],
  ]);
  expect(said({ cron: "0 3 * * *" }, { command: "x", cron: ["0 2 * * *"] })).toEqual([{ cron: ["0 3 * * *"] }, []]);
  expect(said({ command: "echo $HOME | wc" }, { command: "echo", shell: true })).toEqual([{ command: "echo $HOME | wc" }, []]);
  expect(said({ env: [{ name: "PORT", value: "2", covered: false }] })).toEqual([{ "env.PORT": "2" }, ["env.KEY"]]);
});

test("what it ran on until now goes when it is to run on something else", () => {
  expect(said({ when: "every", every: "1h" })).toEqual([{ every: "1h" }, ["cron", "zone"]]);
  expect(said({ when: "asked" })[1]).toEqual(["cron", "zone", "missed", "grace"]);
  const many: Table = { command: ["x"], cron: ["@daily", "@weekly"], every: "1h", on: { event: "job.failed" } };
  expect(read(many).when).toBe("kept");
  expect(said({ when: "files", files: "src/** b" }, many)).toEqual([{ "on.files": ["src/**", "b"], overlap: "skip" }, ["cron", "every", "on"]]);
  expect(said({ when: "cron", cron: "@daily" }, { command: ["x"], on: { files: ["a"], poll: "2s" } })).toEqual([{ cron: "@daily", overlap: "queue" }, ["on.files", "on"]]);
});

test("of a new job only what was said is asked for", () => {
  expect(added({})).toEqual({ command: ["restic", "backup"], cron: "0 2 * * *" });
  expect(added({ when: "every", zone: "UTC" })).toEqual({ command: ["restic", "backup"], every: "15m" });
  expect(added({ when: "files", files: "src, b", missed: "skip", grace: "1h" })).toEqual({ command: ["restic", "backup"], "on.files": ["src", "b"], overlap: "skip" });
  expect(added({ when: "asked" })).toEqual({ command: ["restic", "backup"] });
});

test("what is missing or cannot be read is said before anybody is asked", () => {
  const check = (rest: Partial<Form>, missing: string[], wrong: string[]) => {
    const found = changes({}, { ...blank(), command: "x", ...rest });
    expect([Object.keys(found.missing), Object.keys(found.wrong)]).toEqual([missing, wrong]);
  };
  check({ command: "" }, ["command"], []);
  check({ command: "echo 'a" }, [], ["command"]);
  check({ cron: "" }, ["cron"], []);
  check({ when: "files" }, ["on.files"], []);
  check({ retries: "many" }, [], ["retries"]);
  expect(changes({ shell: true }, { ...blank(), command: "echo 'a" }).wrong, "a shell reads it").toEqual({});
});

test("only what can be computed is previewed", () => {
  const form = (rest: Partial<Form>): Form => ({ ...blank(), ...rest });
  expect(schedule(form({ zone: "UTC" }))).toEqual({ cron: ["0 2 * * *"], zone: "UTC" });
  expect(schedule(form({ when: "every" }))).toEqual({ every: "15m" });
  for (const rest of [{ cron: " " }, { when: "at" }, { when: "files", files: "src" }, { when: "asked" }] as const) expect(schedule(form(rest))).toBeUndefined();
  const many = { cron: ["@daily", "@weekly"], every: "1h" };
  expect(schedule(read(many), many)).toEqual({ cron: ["@daily", "@weekly"], at: [], every: "1h" });
});

test("a day and a time are typed in one form, and said as the file has them", () => {
  const table = { command: ["x"], at: "2026-12-01T09:00" };
  const form = read(table);
  expect([form.when, form.at]).toEqual(["at", "2026-12-01 09:00"]);
  expect(changes(table, form)).toMatchObject({ set: [], unset: [] });
  form.at = "2026-12-02 10:30";
  expect(changes(table, form).set).toEqual([{ key: "at", value: "2026-12-02T10:30" }]);
  expect(schedule(form, table)).toEqual({ at: ["2026-12-02T10:30"] });
  form.at = "2.12.2026";
  expect(changes(table, form).missing).toEqual({ at: "Say a day and a time, as in 2026-11-21 14:02." });
  expect(schedule(form, table)).toBeUndefined();
});

test("what is wrong with a schedule stands at its field", () => {
  expect(misread('cron: "61 * * * *", character 1: "61" is not a minute; write 0 to 59')).toEqual({ cron: '"61 * * * *", character 1: "61" is not a minute; write 0 to 59' });
  expect(misread('every: the duration "15" needs a unit')).toEqual({ every: 'the duration "15" needs a unit' });
  expect(misread("disk full: at the end")).toEqual({});
});

test("a problem finds its field if that is there, and what the form does not have is named", () => {
  const form = read(TABLE);
  expect(["cron", "zone", "env.PORT", "grace", "every", "on.files", "keep.runs"].map((key) => fieldOf(key, form))).toEqual(["cron", "zone", "env", "grace", undefined, undefined, undefined]);
  expect(fieldOf("on", { ...form, when: "files" })).toBe("on.files");
  expect(fieldOf("grace", { ...form, missed: "skip" })).toBeUndefined();
  expect(others({ ...TABLE, on: { files: ["a"], poll: "2s" } })).toEqual(["keep"]);
  expect(others({ on: { files: ["a"], poll: "2s" } })).toEqual(["on.poll"]);
});

test("the same on the command line is quoted as it has to be, and unsaid where it cannot be said", () => {
  const form = { ...blank(), zone: "Europe/Madrid", command: "restic backup 'my files'", retries: "2" };
  expect(commandLine("backup", form)).toBe("hob job add backup --cron '0 2 * * *' --zone Europe/Madrid --retries 2 -- restic backup 'my files'");
  expect(commandLine("backup", { ...form, env: [{ name: "A", value: "1", covered: false }] })).toBeUndefined();
});
