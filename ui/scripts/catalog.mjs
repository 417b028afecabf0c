/**
 * Turns the catalog of operations (their JSON Schemas) into TypeScript.
 *
 * Each operation carries its own schema, so a type that several of them share
 * comes along several times. Here it becomes one exported interface; two types
 * of one name that differ are an error, because one of them would be a lie.
 * Every type is compiled on its own, with references left as plain names: the
 * output then depends on nothing but the catalog, and nothing is numbered.
 *
 * Reading and writing files is `gen.mjs`'s business.
 */

import { compile } from "json-schema-to-typescript";

/** What a Rust type is called; `Array_of_Status`, `Null` and `uint64` are written out where they stand. */
const TYPE_NAME = /^[A-Z][A-Za-z0-9]*$/;
const NOT_A_TYPE = new Set(["AnyValue", "Boolean", "Null", "String"]);

const BANNER = `/* Generated from docs/ops.schema.json. Do not edit: \`make gen\` writes it anew. */\n`;

/**
 * @param {Record<string, {doc: string, access: string, effect: string, feed: boolean, params: object, reply: object}>} catalog
 * @returns {Promise<string>} the text of `types.gen.ts`
 */
export async function typescript(catalog) {
  const types = new Map();
  const operations = [];
  const feeds = [];

  for (const name of Object.keys(catalog).sort()) {
    const operation = catalog[name];
    for (const part of ["params", "reply"]) {
      if (operation[part] === undefined) throw new Error(`${name}: the catalog gives no schema for its ${part}`);
    }
    const entry = {
      name,
      doc: `${operation.doc.trim()}\n\nNeeds \`${operation.access}\` access; its effect is \`${operation.effect}\`.`,
      params: root(operation.params, paramsName(name), name, types),
      reply: root(operation.reply, undefined, name, types),
    };
    (operation.feed ? feeds : operations).push(entry);
  }

  const blocks = [];
  for (const name of [...types.keys()].sort()) {
    blocks.push(await declare(name, types.get(name).schema));
  }
  blocks.push(await index("Ops", "What may be asked, by name.", operations));
  blocks.push(await index("Feeds", "What may be followed, by name; a reply is one item.", feeds));
  return BANNER + "\n" + blocks.join("\n");
}

/** `service.restart` takes a `ServiceRestart`: two capabilities may both call theirs `Restart`. */
function paramsName(operation) {
  const words = operation.split(/[._-]/).filter(Boolean);
  return words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
}

/** Files a root schema's types under their names, and returns the schema that stands for it in the index. */
function root(schema, givenName, operation, types) {
  if (typeof schema === "boolean") return schema;
  const { $schema, $defs = {}, title, ...body } = schema;
  const own = givenName ?? (isTypeName(title) && isWorthAName(body) ? title : undefined);

  for (const [name, definition] of Object.entries($defs)) {
    record(name, definition, own, operation, types);
  }
  if (own === undefined) return plain(body, own);
  record(own, body, own, operation, types);
  return { tsType: own };
}

function isTypeName(title) {
  return typeof title === "string" && TYPE_NAME.test(title) && !NOT_A_TYPE.has(title);
}

function isWorthAName(body) {
  return ["properties", "oneOf", "anyOf", "allOf", "enum", "const"].some((keyword) => keyword in body);
}

function record(name, schema, self, operation, types) {
  const converted = plain(schema, self);
  const written = JSON.stringify(converted, sortedKeys);
  const known = types.get(name);
  if (known === undefined) {
    types.set(name, { schema: converted, written, operation });
  } else if (known.written !== written) {
    throw new Error(
      `the type ${name} differs between ${known.operation} and ${operation}: ` +
        "rename one of them (#[schemars(rename = ...)])",
    );
  }
}

function sortedKeys(_key, value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** A schema in the dialect the compiler reads: references by name, old-style tuples, no inner titles. */
function plain(schema, self) {
  if (typeof schema === "boolean" || schema === null) return schema;
  if (schema.$ref !== undefined) {
    return { ...describe(schema), tsType: refersTo(schema.$ref, self) };
  }

  const { title, $schema, prefixItems, ...rest } = schema;
  const result = { ...rest };
  for (const keyword of ["items", "additionalProperties", "not"]) {
    if (keyword in result) result[keyword] = plain(result[keyword], self);
  }
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    if (keyword in result) result[keyword] = result[keyword].map((one) => plain(one, self));
  }
  for (const keyword of ["properties", "patternProperties"]) {
    if (!(keyword in result)) continue;
    const members = Object.entries(result[keyword]).map(([name, member]) => [name, plain(member, self)]);
    result[keyword] = Object.fromEntries(members);
  }
  if (prefixItems !== undefined) {
    result.items = prefixItems.map((one) => plain(one, self));
  }
  return result;
}

function describe({ description }) {
  return description === undefined ? {} : { description };
}

function refersTo(reference, self) {
  if (reference === "#" && self !== undefined) return self;
  const name = /^#\/\$defs\/(.+)$/.exec(reference)?.[1];
  if (name === undefined || !TYPE_NAME.test(name)) {
    throw new Error(`cannot follow the reference ${JSON.stringify(reference)}: only #/$defs/TypeName is understood`);
  }
  return name;
}

/** `Ops` or `Feeds`: a name, and what goes in and comes out. */
function index(title, description, entries) {
  const properties = Object.fromEntries(
    entries.map(({ name, doc, params, reply }) => [
      name,
      { type: "object", description: doc, properties: { params, reply }, required: ["params", "reply"] },
    ]),
  );
  return declare(title, { type: "object", description, properties, required: entries.map(({ name }) => name) });
}

async function declare(name, schema) {
  // A bare name needs no compiler, and the compiler would take it for a nameless type.
  if (schema.tsType !== undefined) return `export type ${name} = ${schema.tsType};\n`;
  return compile({ ...schema, title: name }, name, {
    additionalProperties: false,
    bannerComment: "",
    ignoreMinAndMaxItems: false,
    style: { printWidth: 110 },
  });
}
