/**
 * Writes `src/lib/api/types.gen.ts` from `docs/ops.schema.json`, the catalog
 * that the daemon's own tests keep fresh. With `--check` nothing is written: a
 * stale file is told of, and ends the program with 1.
 */

import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

import { typescript } from "./catalog.mjs";

const input = fileURLToPath(new URL("../../docs/ops.schema.json", import.meta.url));
const output = fileURLToPath(new URL("../src/lib/api/types.gen.ts", import.meta.url));
const shown = (path) => relative(process.cwd(), path);

try {
  const fresh = await typescript(await catalog());
  const current = await readFile(output, "utf8").catch(() => "");
  if (fresh === current) {
    console.log(`${shown(output)} is fresh`);
  } else if (process.argv.includes("--check")) {
    console.error(`${shown(output)} is stale: run \`make gen\` and commit what it writes`);
    process.exitCode = 1;
  } else {
    await writeFile(output, fresh);
    console.log(`${shown(output)} written`);
  }
} catch (error) {
  console.error(`${shown(input)}: ${error.message}`);
  process.exitCode = 1;
}

async function catalog() {
  const text = await readFile(input, "utf8").catch((error) => {
    if (error.code === "ENOENT") throw new Error("missing: run `make gen`");
    throw error;
  });
  return JSON.parse(text);
}
