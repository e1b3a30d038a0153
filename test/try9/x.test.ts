import { writeFileSync } from "node:fs";
import { test } from "vitest";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { describeMachine } from "../../src/machine/chart.ts";
import { drawOwnSvg } from "../../src/graph/svg/own/draw-own-svg.ts";
import { listPaths } from "../../src/machine/state-paths.ts";
import { drawMermaid } from "../../src/graph/draw-mermaid.ts";
import { drawDot } from "../../src/graph/draw-dot.ts";
import { subscription, defineChart } from "../graph/own/subscription.ts";
test("x", async () => {
  const chart = describeMachine(compileMachine(defineChart(subscription)));
  const t = Date.now();
  const state = { active: { onboarding: { card: "missing", address: "confirmed" } } };
  writeFileSync("/tmp/lead/render9/a.svg", await drawOwnSvg(chart, chart.own!, { highlight: "started", lit: listPaths(state) }));
  writeFileSync("/tmp/lead/render9/a.mmd", drawMermaid(chart, { highlight: "started", lit: listPaths(state) }));
  writeFileSync("/tmp/lead/render9/a.dot", drawDot(chart, { highlight: "started", lit: listPaths(state) }));
});
