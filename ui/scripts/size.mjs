/**
 * What a window loads before it shows something, compressed as it would be over a
 * network: scripts and styles of `dist`. Fonts are compressed in themselves and
 * only told.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const MOST = 150_000;
const assets = fileURLToPath(new URL("../dist/assets/", import.meta.url));

let code = 0;
let fonts = 0;
for (const name of readdirSync(assets)) {
  const bytes = readFileSync(assets + name);
  if (/\.(js|css)$/.test(name)) code += gzipSync(bytes, { level: 9 }).length;
  if (name.endsWith(".woff2")) fonts += bytes.length;
}
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(`pages: ${kilobytes(code)} of scripts and styles (at most ${kilobytes(MOST)}), ${kilobytes(fonts)} of fonts`);
if (code === 0 || code > MOST) process.exit(1);
