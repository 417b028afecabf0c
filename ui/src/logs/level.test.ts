import { expect, test } from "vitest";

import samples from "../../../daemon-core/src/runs/logs/level_samples.txt?raw";
import { CONTINUES, guess, LEVELS, SILENT } from "./level";

test("the daemon's samples are understood as the daemon understands them", () => {
  for (const sample of samples.split("\n").filter(Boolean)) {
    const [, expected, written] = /^(\S+) {2}(.*)$/s.exec(sample) ?? [];
    const line = (written ?? "").replaceAll("\\e", "\u001b").replaceAll("\\t", "\t");
    const found = guess(line);
    const said = found === CONTINUES ? "+" : found === SILENT ? "-" : LEVELS[found];
    expect(said, line).toBe(expected);
  }
});

test("any text may come", () => {
  for (const text of ["", "{", '{"', '{"level', '{"level":', "level=", "<999>", "E1121", " HTTP/", "\u001b[", "x".repeat(1 << 20)]) {
    expect(guess(text), text.slice(0, 20)).toBeLessThanOrEqual(5);
  }
});
