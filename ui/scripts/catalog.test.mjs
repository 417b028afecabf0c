import { expect, test } from "vitest";

import { typescript } from "./catalog.mjs";

const draft = "https://json-schema.org/draft/2020-12/schema";

const state = {
  description: "What a service is doing",
  oneOf: [
    { type: "string", const: "stopped" },
    { type: "string", const: "running", description: "Its process is there" },
  ],
};

const status = {
  type: "object",
  properties: {
    name: { type: "string" },
    state: { $ref: "#/$defs/State" },
    before: { description: "What it did before", $ref: "#/$defs/State" },
    pid: { type: ["integer", "null"], format: "uint32", minimum: 0 },
    window: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], minItems: 2, maxItems: 2 },
    env: { type: "object", additionalProperties: { type: "string" } },
  },
  required: ["name", "state"],
};

function operation(parts) {
  return { doc: "Does it", access: "observe", effect: "read", feed: false, params: nothing, reply: nothing, ...parts };
}

const nothing = { $schema: draft, title: "Nothing", type: "object", additionalProperties: false };

const get = operation({
  doc: "One service",
  params: {
    $schema: draft,
    title: "Get",
    type: "object",
    properties: { name: { type: "string", description: "Which service" } },
    required: ["name"],
    additionalProperties: false,
  },
  reply: { $schema: draft, title: "Status", ...status, $defs: { State: state } },
});

const list = operation({
  reply: { $schema: draft, title: "Array_of_Status", type: "array", items: { $ref: "#/$defs/Status" }, $defs: { Status: status, State: state } },
});

test("a type that several operations share is written once", async () => {
  const text = await typescript({ "service.list": list, "service.get": get });
  expect(text.match(/export interface Status /g)).toHaveLength(1);
  expect(text.match(/export type State =/g)).toHaveLength(1);
  expect(text).toContain("before?: State;");
  expect(text).toContain("reply: Status[];");
});

test("the order of the catalog makes no difference", async () => {
  const one = await typescript({ "service.list": list, "service.get": get });
  const other = await typescript({ "service.get": get, "service.list": list });
  expect(one).toBe(other);
});

test("parameters are named by their operation", async () => {
  const text = await typescript({ "service.get": get });
  expect(text).toContain("export interface ServiceGet {");
  expect(text).toContain("params: ServiceGet;");
  expect(text).toContain("Which service");
});

test("maps, tuples and absent values keep their shape", async () => {
  const text = await typescript({ "service.get": get });
  expect(text).toContain("pid?: number | null;");
  expect(text).toContain("window?: [string, number];");
  expect(text).toMatch(/env\?: \{\s+\[k: string\]: string;/);
});

test("feeds stand apart from operations", async () => {
  const text = await typescript({ "service.follow": operation({ feed: true }), "service.get": get });
  const [operations, feeds] = text.split("export interface Feeds");
  expect(operations).toContain('"service.get"');
  expect(operations).not.toContain('"service.follow"');
  expect(feeds).toContain('"service.follow"');
});

test("an empty catalog is still a module", async () => {
  const text = await typescript({});
  expect(text).toContain("export interface Ops {}");
  expect(text).toContain("export interface Feeds {}");
});

test("a type may contain itself", async () => {
  const node = { type: "object", properties: { children: { type: "array", items: { $ref: "#/$defs/Node" } } } };
  const text = await typescript({ tree: operation({ reply: { title: "Node", ...node, $defs: { Node: node } } }) });
  expect(text).toContain("children?: Node[];");
});

test("two types of one name are refused, and both places are named", async () => {
  const other = operation({ reply: { title: "Status", type: "object", properties: { bytes: { type: "integer" } } } });
  await expect(typescript({ "service.get": get, "storage.get": other })).rejects.toThrow(
    "the type Status differs between service.get and storage.get",
  );
});

test("a reference to elsewhere is refused", async () => {
  const away = operation({ reply: { $ref: "https://example.org/schema" } });
  await expect(typescript({ away })).rejects.toThrow("cannot follow the reference");
});
