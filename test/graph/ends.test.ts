import { defineProcess } from "perdure";
import { expect, test } from "vitest";
import { z } from "zod";
import { drawDot } from "../../src/graph/draw-dot.ts";
import { drawMermaid } from "../../src/graph/draw-mermaid.ts";
import { drawSvg } from "../../src/graph/svg/draw-svg.ts";
import { describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";

const chart = describeMachine(
  compileMachine(
    defineProcess({
      aggregate: "order",
      name: "approval",
      startedBy: ["ApprovalRequested"],
      completedBy: { OrderApproved: "approved", OrderRejected: "rejected" },
      context: z.object({ votes: z.number().default(0) }),
      completeWhen: ({ context }) => context.votes > 1,
      on: { OrderRejected: () => {} },
    }),
  ),
);

test("a chart has the outcomes and the condition that completes its instances", () => {
  const ends = chart.transitions.filter(({ target }) => target === "completed");
  expect(ends.map(({ trigger, outcome }) => [trigger, outcome])).toEqual([
    [{ kind: "event", type: "OrderApproved" }, "approved"],
    [{ kind: "event", type: "OrderRejected" }, "rejected"],
    [{ kind: "condition", name: "completeWhen" }, undefined],
  ]);
});

test("Mermaid, dot and SVG draw both", () => {
  const mermaid = drawMermaid(chart).replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  expect(mermaid).toContain(
    "started --> completed: OrderApproved → approved<br/>OrderRejected / on-order-rejected → rejected<br/>[completeWhen]\n",
  );
  expect(drawDot(chart)).toContain(
    'started -> completed [label="OrderApproved → approved\\lOrderRejected / on-order-rejected → rejected\\l[completeWhen]\\l"]',
  );
  const svg = drawSvg(chart);
  for (const text of ["OrderApproved → approved", "OrderRejected → rejected", "[completeWhen]"]) expect(svg).toContain(`>${text}<`);
  expect(svg).toContain("[completeWhen]: The context says that all is done.");
});
