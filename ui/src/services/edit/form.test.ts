import { expect, test } from "vitest";

import { changes, fieldOf, others, read, type Form, type Table } from "./form";

const TABLE: Table = {
  command: ["npm", "run", "it's"],
  restart: "always",
  env: { PORT: "3000", STRIPE_KEY: null },
  ready: { tcp: 3000, interval: "1s" },
  limits: { memory: "512M" },
  watch: ["src/**"],
};

function changed(edit: (form: Form) => void, table: Table = TABLE) {
  const form = structuredClone(read(table));
  edit(form);
  return changes(table, form);
}

test("what is not touched is not said", () => {
  expect(changed(() => {})).toEqual({ changes: { set: [], unset: [] }, wrong: {} });
});

test("a text becomes what the file has there", () => {
  const { changes } = changed(({ texts }) => {
    texts["command"] = "npm run 'it s'";
    texts["autostart"] = "no";
    texts["max_restarts"] = "0";
    texts["requires"] = "db, cache";
    texts["restart"] = "";
    texts["limits.memory"] = "";
  });
  expect(changes.set).toEqual([
    { key: "command", value: ["npm", "run", "it s"] },
    { key: "autostart", value: false },
    { key: "max_restarts", value: 0 },
    { key: "requires", value: ["db", "cache"] },
  ]);
  expect(changes.unset).toEqual(["restart", "limits.memory"]);
});

test("a command that is one text in the file stays one", () => {
  const { changes } = changed(({ texts }) => (texts["command"] = "web -v"), { command: "web" });
  expect(changes.set).toEqual([{ key: "command", value: "web -v" }]);
});

test("a value that is not shown is kept, unless another is given", () => {
  expect(changed(({ env }) => void (env[0]!.value = "4000")).changes.set).toEqual([{ key: "env.PORT", value: "4000" }]);
  expect(changed(({ env }) => void (env[1]!.value = "new")).changes.set).toEqual([{ key: "env.STRIPE_KEY", value: "new" }]);
  const moved = changed((form) => (form.env = [{ name: "A.B", value: "", covered: false }]));
  expect(moved.changes).toEqual({ set: [{ key: 'env."A.B"', value: "" }], unset: ["env.PORT", "env.STRIPE_KEY"] });
});

test("another way to be ready takes the place of the one before", () => {
  const { changes } = changed((form) => (form.ready = { kind: "log", what: "listening", timeout: "5s" }));
  expect(changes).toEqual({
    set: [
      { key: "ready.log", value: "listening" },
      { key: "ready.timeout", value: "5s" },
    ],
    unset: ["ready.tcp"],
  });
  expect(changed((form) => (form.ready.what = "4000")).changes.set).toEqual([{ key: "ready.tcp", value: 4000 }]);
  expect(changed((form) => (form.ready.kind = "notify")).changes.set).toEqual([{ key: "ready.notify", value: true }]);
});

test("what cannot be read is told at its field", () => {
  const { wrong } = changed((form) => {
    form.texts["max_restarts"] = "-1";
    form.texts["command"] = "npm 'run";
    form.env.push({ name: "PORT", value: "1", covered: false });
  });
  expect(Object.keys(wrong)).toEqual(["command", "max_restarts", "env"]);
});

test("a problem finds its field, and what the form does not have is named", () => {
  expect(["ready.tcp", "env.PORT", "limits.cpu", "watch", "commands"].map(fieldOf)).toEqual(["ready", "env", "limits.cpu", undefined, undefined]);
  expect(others(TABLE)).toEqual(["watch"]);
});
