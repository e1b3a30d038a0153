import * as fc from "fast-check";
import { test } from "vitest";
import { drawOwnSvg } from "../../src/graph/svg/own/draw-own-svg.ts";
import { anyOwnChart } from "../graph/own/any-own-chart.ts";
import { writeFileSync } from "node:fs";
test("y", { timeout: 300000 }, async () => {
  let n = 0;
  await fc.assert(fc.asyncProperty(anyOwnChart, async (chart) => { const t = performance.now(); let s = await drawOwnSvg(chart, chart.own, {}); if (n < 8) writeFileSync(`/tmp/lead/render9/r${n}.svg`, s); n++; const d = performance.now()-t; if (d > 1000) console.log("slow", d) ; }), { numRuns: 300, seed: 5 });
});
