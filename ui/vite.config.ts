import { readFile } from "node:fs/promises";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), fontLicences()],
  // Relative, so that the same build works from a desktop bundle and below any path of a server.
  base: "./",
  // Nothing is inlined: the pages run under a policy that forbids `data:` and inline styles.
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Each window has a page of its own, and what only one of them needs the other does not load.
    rolldownOptions: { input: ["index.html", "approval.html"] },
  },
  // Svelte has a build for servers and one for browsers; components can be mounted only with the latter.
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    include: ["src/**/*.test.ts", "scripts/**/*.test.mjs"],
    environment: "node",
  },
});

/** The Open Font License asks that its text goes wherever the fonts go. */
function fontLicences(): Plugin {
  return {
    name: "font-licences",
    apply: "build",
    async generateBundle() {
      for (const font of ["inter", "jetbrains-mono"]) {
        const source = await readFile(new URL(`./node_modules/@fontsource-variable/${font}/LICENSE`, import.meta.url), "utf8");
        this.emitFile({ type: "asset", fileName: `licences/${font}.txt`, source });
      }
    },
  };
}
