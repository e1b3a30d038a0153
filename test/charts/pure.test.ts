import * as fc from "fast-check";
import { test } from "vitest";
import { countRuns, timeout } from "../reliability/fuzz/runs.ts";
import { cases } from "./cases.ts";
import { begin, type Operation, operations, pickEvents } from "./operations.ts";
import { PureChart } from "./pure-chart.ts";
import { Reference } from "./reference.ts";
import { expectSame } from "./view.ts";

const SHORT_RUNS = 20;
const START = Date.parse("2026-01-01T00:00:00Z");

// What is invoked is a matter of the runtime.
const alone = Object.entries(cases).filter(([, { invokes }]) => invokes === undefined);

test.each(alone)("%s: a chart that is written and read between every two steps does what XState's actor does", { timeout }, (_, given) => {
  fc.assert(
    fc.property(operations(20), (sequence) => {
      const both = [new Reference(given, START), new PureChart(given, START)];
      const [actor, chart] = both;
      const perform = (operation: Operation) => {
        for (const each of both) {
          if (operation.op === "advance") each.advance(operation.ms);
          else for (const event of pickEvents(given, operation.events)) each.dispatch(event);
        }
        expectSame(chart!.view(), actor!.view());
      };
      for (const operation of [begin, ...sequence]) perform(operation);
    }),
    countRuns(SHORT_RUNS),
  );
});
