/**
 * What each window loads before it shows something, compressed as it would be over
 * a network: the scripts and styles that its page in `dist` names. What a page
 * loads later, when it is looked at, and fonts, which are compressed in
 * themselves, are only told.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const MOST = 150_000;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));

const size = (path) => gzipSync(readFileSync(dist + path), { level: 9 }).length;
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const assets = readdirSync(`${dist}assets`).map((name) => `assets/${name}`);
const total = (paths) => paths.reduce((sum, path) => sum + size(path), 0);

let failed = false;
const atOnce = new Set();
for (const page of readdirSync(dist).filter((name) => name.endsWith(".html"))) {
  const named = [...readFileSync(dist + page, "utf8").matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map(([, path]) => path);
  const own = total(named);
  named.forEach((path) => atOnce.add(path));
  failed ||= named.length === 0 || own > MOST;
  console.log(`${page}: ${kilobytes(own)} at once (at most ${kilobytes(MOST)})`);
}
const later = assets.filter((path) => /\.(js|css)$/.test(path) && !atOnce.has(path));
const fonts = assets.filter((path) => path.endsWith(".woff2"));
console.log(`later: ${kilobytes(total(later))}; fonts: ${kilobytes(total(fonts))}`);
if (failed) process.exit(1);
