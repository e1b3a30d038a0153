import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { createMachine, setup } from "xstate";
import { and, assign, cancel, not, or, raise } from "xstate";
import { drawDot } from "../../../src/graph/draw-dot.ts";
import { drawMermaid } from "../../../src/graph/draw-mermaid.ts";
import { isWithin, listArrows, listDetails, listStates, nameStates } from "../../../src/graph/own-states.ts";
import { labelOwnTransition } from "../../../src/graph/transition-label.ts";
import { describeMachine } from "../../../src/machine/chart.ts";
import { compileMachine } from "../../../src/machine/compile-machine.ts";
import { machineToJson } from "../../../src/machine/machine-json.ts";
import { listEnclosing, listPaths } from "../../../src/machine/state-paths.ts";
import { anyOwnChart } from "./any-own-chart.ts";
import { defineChart, subscription } from "./subscription.ts";

const chart = describeMachine(compileMachine(defineChart(subscription)));
const lit = listPaths({ active: { onboarding: { card: "missing", address: "confirmed" } } });

/** A diagram's lines in the block of each brace: the names of the blocks from the outside, and the line. */
function readBlocks(diagram: string, opening: RegExp): readonly (readonly [block: string, line: string])[] {
  const open: string[] = [];
  return diagram.split("\n").flatMap((raw): readonly (readonly [string, string])[] => {
    const line = raw.trim();
    const opened = opening.exec(line)?.[1];
    if (line === "}") open.pop();
    const entry = [open.join("/"), line] as const;
    if (opened !== undefined) open.push(opened);
    return [entry];
  });
}

const readMermaid = (text: string) => text.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));

describe("Mermaid of an own chart", () => {
  it("has the states inside of each other, regions apart, and each arrow once", () => {
    const diagram = readMermaid(drawMermaid(chart));
    const blocks = readBlocks(diagram, /^state ".*" as (\w+) \{$/);
    expect(blocks).toContainEqual(["started/in_active", 'state "onboarding" as in_active_onboarding {']);
    expect(blocks).toContainEqual(["started/in_active/in_active_onboarding", 'state "card" as in_active_onboarding_card {']);
    expect(blocks.filter(([block, line]) => block === "started/in_active/in_active_onboarding" && line === "--")).toHaveLength(2);
    expect(blocks).toContainEqual(["started/in_active", "in_active_charging: invoke chargeCard"]);
    expect(blocks).toContainEqual(["started", "[*] --> in_active"]);
    // Outside of all blocks, where Mermaid leaves the states where they are.
    expect(blocks).toContainEqual(["", "in_active_dunning --> in_active_charging: CardAdded<br/>after 2d"]);
    expect(blocks).toContainEqual(["", "started_any --> in_cancelled: SubscriptionCancelled / sayGoodbye"]);
    expect(blocks).toContainEqual(["", "in_active_memory --> in_active_onboarding"]);
  });

  it("marks where an instance is", () => {
    const diagram = drawMermaid(chart, { highlight: "started", lit });
    expect(diagram).toContain("class started highlight");
    expect(diagram).toContain("class in_active_onboarding_card_missing,in_active_onboarding_address_confirmed highlight");
    expect(drawMermaid(chart)).not.toContain("highlight");
  });

  it("has all states and transitions of any own chart", () => {
    fc.assert(
      fc.property(anyOwnChart, (chart) => {
        const lines = readMermaid(drawMermaid(chart))
          .split("\n")
          .map((line) => line.trim());
        const names = nameStates(chart.own);
        for (const state of listStates(chart.own)) {
          const name = names.get(state.path)!;
          expect(lines.filter((line) => line.startsWith('state "') && line.replace(" {", "").endsWith(` as ${name}`))).toHaveLength(1);
          for (const detail of listDetails(state)) expect(lines.some((line) => line.endsWith(`: ${detail}`))).toBe(true);
          for (const { target, transitions } of listArrows(state)) {
            const labels = transitions.map(labelOwnTransition);
            const isOutwards = isWithin(state.path, target);
            for (const label of labels) {
              expect(
                lines.some((line) =>
                  isOutwards ? line.includes(`${label}, then`) : line.includes(`--> ${names.get(target)!}`) && line.includes(label),
                ),
              ).toBe(true);
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("DOT of an own chart", () => {
  it("has clusters inside of each other, and cuts arrows at their edges", () => {
    const blocks = readBlocks(drawDot(chart), /^subgraph cluster_(\w+) \{$/);
    expect(blocks).toContainEqual(["started/in_active", "subgraph cluster_in_active_onboarding {"]);
    expect(blocks).toContainEqual(["started/in_active/in_active_onboarding", 'style="rounded,dashed"']);
    const lines = blocks.map(([, line]) => line);
    expect(lines).toContain("compound=true");
    expect(lines).toContain('in_active -> in_paused [label="SubscriptionPaused\\l", ltail=cluster_in_active]');
    expect(lines).toContain('started -> in_cancelled [label="SubscriptionCancelled / sayGoodbye\\l"]');
    expect(lines).toContain('started -> completed [label="done\\l", ltail=cluster_started]');
    expect(lines).toContain("in_active_memory -> in_active_onboarding [lhead=cluster_in_active_onboarding]");
    expect(lines.filter((line) => line.startsWith("initial -> started"))).toEqual(["initial -> started [lhead=cluster_started]"]);
  });

  it("marks where an instance is", () => {
    const marked = [...drawDot(chart, { lit }).matchAll(/^ *(\w+) \[.*class="highlight"/gm)].map(([, name]) => name);
    expect(marked).toEqual(["in_active_onboarding_card_missing", "in_active_onboarding_address_confirmed"]);
    expect(drawDot(chart)).not.toContain("highlight");
  });

  it("has an arrow for each pair of states that a transition of any own chart joins", () => {
    fc.assert(
      fc.property(anyOwnChart, (chart) => {
        const names = nameStates(chart.own);
        const lines = drawDot(chart)
          .split("\n")
          .map((line) => line.trim());
        for (const { source, target, transitions } of listStates(chart.own).flatMap(listArrows)) {
          const [arrow, ...others] = lines.filter((line) => line.startsWith(`${names.get(source)!} -> ${names.get(target)!} [`));
          expect(others).toEqual([]);
          for (const transition of transitions) expect(arrow).toContain(`${labelOwnTransition(transition)}\\l`);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("JSON of an own chart", () => {
  it("is the user's config, in which handlers, guards and XState's actions have their names", () => {
    const config = JSON.parse(machineToJson(subscription)) as { readonly states: Record<string, Record<string, unknown>> };
    expect(config).toMatchObject({
      id: "subscription",
      initial: "active",
      on: { SubscriptionCancelled: { target: ".cancelled", actions: "sayGoodbye" } },
    });
    expect(config.states.active).toMatchObject({
      states: {
        onboarding: { on: { TrialStarted: { actions: ["on-trial-started", { type: "assign" }] } } },
        charging: { invoke: { src: "chargeCard", onError: [{ guard: "canChargeAgain", target: "dunning" }, "#subscription.expired"] } },
        subscribed: { on: { CardExpired: { guard: "in #subscription.active" } } },
      },
    });
    expect(config.states.paused).toMatchObject({ after: { "90d": { actions: { type: "raise SubscriptionCancelled" } } } });
  });

  it("opens in XState with the same states and transitions", () => {
    const again = createMachine(JSON.parse(machineToJson(subscription)) as Parameters<typeof createMachine>[0]);
    const [own, read] = [chart.own!, describeMachine(compileMachine(defineChart(again))).own!];
    const say = (each: typeof own) =>
      listStates(each).map((state) => [state.path, state.kind, state.transitions.map((one) => [labelOwnTransition(one), one.targets])]);
    expect(say(read)).toEqual(say(own));
  });
});

it("a chart says what XState's own actions and guards are about", () => {
  const machine = setup({
    guards: { isPaid: () => true, isSent: () => true },
    actions: { remember: assign({}), sendReminder: () => {} },
  }).createMachine({
    initial: "open",
    states: {
      open: {
        entry: [raise({ type: "Opened" }, { id: "opening", delay: 5 }), "remember", "sendReminder"],
        exit: cancel("opening"),
        on: {
          Paid: { guard: and(["isPaid", not("isSent")]), target: "open", reenter: true },
          Sent: { guard: or(["isPaid", "isSent"]) },
          Lost: {
            guard: function isLost() {
              return true;
            },
          },
          "*": { guard: () => true },
        },
        always: { guard: "isPaid", target: "paid" },
      },
      paid: { always: "open" },
    },
  });
  const [open, paid] = describeMachine(compileMachine(defineChart(machine))).own!.states;
  expect(open!.entry).toEqual([
    { kind: "pure", name: "raise Opened" },
    { kind: "pure", name: "remember" },
    { kind: "handler", name: "sendReminder" },
  ]);
  expect(open!.exit).toEqual([{ kind: "pure", name: "cancel opening" }]);
  expect(open!.transitions.map(labelOwnTransition)).toEqual([
    "Paid [isPaid and not isSent]",
    "Sent [isPaid or isSent]",
    "Lost [isLost]",
    "any event [a condition]",
    "[isPaid]",
  ]);
  expect(paid!.transitions.map(labelOwnTransition)).toEqual(["always"]);
});

it("a value gives the paths of its states, and a path those around it; dots in names are no separators", () => {
  expect(listPaths("open")).toEqual(["open"]);
  expect(listPaths({ active: { "step 1.5": "open", other: {} } })).toEqual([
    "active",
    String.raw`active.step 1\.5`,
    String.raw`active.step 1\.5.open`,
    "active.other",
  ]);
  expect(listPaths(undefined)).toEqual([]);
  expect(listEnclosing([String.raw`active.step 1\.5.open`])).toEqual([
    "active",
    String.raw`active.step 1\.5`,
    String.raw`active.step 1\.5.open`,
  ]);
});
