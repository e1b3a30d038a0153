import * as fc from "fast-check";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { createMachine } from "xstate";
import { listStates } from "../../../src/graph/own-states.ts";
import { type Chart, describeMachine } from "../../../src/machine/chart.ts";
import { compileMachine } from "../../../src/machine/compile-machine.ts";
import { listPaths } from "../../../src/machine/state-paths.ts";
import { projectFolder } from "../../docs/markdown.ts";
import { hasClass } from "../read-xml.ts";
import { anyOwnChart } from "./any-own-chart.ts";
import { isInside, type OwnPicture, overlap, readOwnPicture, type Rectangle } from "./read-own-svg.ts";
import { defineChart, subscription } from "./subscription.ts";

const chart = describeMachine(compileMachine(defineChart(subscription)));
const state = { active: { onboarding: { card: "missing", address: "confirmed" } } };

const longNames = describeMachine(
  compileMachine(
    defineChart(
      createMachine({
        initial: "waitingForTheEnvironmentalImpactAssessment".repeat(3),
        states: {
          ["waitingForTheEnvironmentalImpactAssessment".repeat(3)]: {
            description: "The authority decides within ninety days unless it asks for another report. ".repeat(5),
            on: {
              ["Reported".repeat(20)]: {
                target: "環境影響評価の申請",
                guard: "isCompleteEnough".repeat(9),
                actions: "tellEverybody".repeat(9),
              },
            },
          },
          環境影響評価の申請: { after: { "30d": { actions: ["remind", "escalate"] } } },
        },
      }),
    ),
  ),
);

type Check = (picture: OwnPicture, chart: Chart) => void;

const checks: Readonly<Record<string, Check>> = {
  "each state is drawn once, in the box of the state that it lies in and beside its siblings": ({ states, started }, { own }) => {
    const paths = listStates(own!).map(({ path }) => path);
    expect(states.map(({ path }) => path).toSorted()).toEqual(paths.filter((path) => path !== "").toSorted());
    for (const state of states) {
      const parent = states.find(({ path }) => path === parentOf(state.path)) ?? started;
      expect(isInside(state, parent)).toBe(true);
      for (const sibling of states) {
        if (sibling !== state && parentOf(sibling.path) === parentOf(state.path)) expect(overlap(state, sibling)).toBe(false);
      }
    }
  },
  "each transition that leads somewhere is an arrow whose head is at the edge of a state": ({ arrows, states, started }, { own }) => {
    const targets = listStates(own!).flatMap((state) => [
      ...new Set(state.transitions.flatMap((each) => each.targets).filter((target) => target !== state.path)),
    ]);
    const edges: readonly Rectangle[] = [...states, { ...started, left: 0, top: 0 }];
    expect(arrows).toHaveLength(targets.length);
    for (const { tip } of arrows) expect(edges.some((edge) => isOnEdge(tip, edge))).toBe(true);
  },
  "no label is on another, or on a state that has none in it": ({ labels, states }, { own }) => {
    const leaves = new Set(listStates(own!).flatMap(({ path, states }) => (states.length === 0 ? [path] : [])));
    for (const [index, label] of labels.entries()) {
      for (const other of labels.slice(index + 1)) expect(overlap(label, other)).toBe(false);
      for (const state of states) if (leaves.has(state.path)) expect(overlap(label, state)).toBe(false);
    }
  },
  "what is written fits into its label or its state, and no line of it is on another": ({ labels, states, texts, started }) => {
    const latin = (text: { readonly text: string }) => /^[\u0020-\u024F…]*$/.test(text.text);
    for (const label of labels) for (const text of label.texts.filter(latin)) expect(isInside(text, label)).toBe(true);
    const boxes = [...states, ...labels, started];
    for (const [index, text] of texts.entries()) {
      if (latin(text)) expect(boxes.some((box) => isInside(text, box))).toBe(true);
      for (const other of texts.slice(index + 1)) if (latin(text) && latin(other)) expect(overlap(text, other)).toBe(false);
    }
  },
};

const pictures = { "every construct": readOwnPicture(chart), "very long names": readOwnPicture(longNames) };

describe.for([
  ["every construct", chart],
  ["very long names", longNames],
] as const)("in a picture with %s", ([name, chart]) => {
  it.for(Object.entries(checks))("%s", async ([, check]) => check(await pictures[name], chart));
});

it("all of that is so in a picture of any own chart", async () => {
  await fc.assert(
    fc.asyncProperty(anyOwnChart, async (chart) => {
      const picture = await readOwnPicture(chart);
      for (const check of Object.values(checks)) check(picture, chart);
    }),
    { numRuns: 20 },
  );
});

describe("a picture of an own chart", () => {
  it("says what a state does: entry, exit, invocations, timers, and events that change nothing", async () => {
    const { states, texts } = await readOwnPicture(chart);
    const written = texts.map(({ text }) => text);
    for (const text of [
      "invoke",
      "chargeCard",
      "entry",
      "countCharge",
      "after 3d",
      "after 10d",
      "sendReminder",
      "exit",
      "on-trial-started",
      "assign",
    ]) {
      expect(written).toContain(text);
    }
    expect(written.filter((text) => text === "H*")).toHaveLength(1);
    expect(states.find(({ path }) => path === "active.onboarding.card")!.group.attributes.class).toContain("region");
    expect(states.filter(({ group }) => hasClass(group, "final")).map(({ path }) => path)).toEqual([
      "active.onboarding.card.known",
      "active.onboarding.address.confirmed",
      "cancelled",
      "expired",
    ]);
  });

  it("writes triggers, guards and handlers on the arrows, and marks timers and errors", async () => {
    const { labels, root } = await readOwnPicture(chart);
    const written = labels.map(({ texts }) => texts.map(({ text }) => text).join(" | "));
    expect(written).toEqual(
      expect.arrayContaining([
        "SubscriptionCancelled | sayGoodbye",
        "chargeCard failed | [canChargeAgain]",
        "CardAdded | after 2d",
        "CardExpired | [in #subscription.active]",
        "done",
      ]),
    );
    const frame = root.children.find(({ attributes }) => attributes.transform !== undefined)!;
    const titles = (kind: string) =>
      frame.children.filter((each) => hasClass(each, "own") && hasClass(each, kind)).map(({ children }) => children[0]!.text);
    expect(titles("timer")).toEqual(["after 30d", "after 4w"]);
    expect(titles("error")).toEqual(["chargeCard failed [canChargeAgain]", "chargeCard failed"]);
  });

  it("lights the states that an instance is in, and no others", async () => {
    const { states } = await readOwnPicture(chart, { highlight: "started", lit: listPaths(state) });
    expect(states.filter(({ group }) => hasClass(group, "lit")).map(({ path }) => path)).toEqual([
      "active",
      "active.onboarding",
      "active.onboarding.card",
      "active.onboarding.card.missing",
      "active.onboarding.address",
      "active.onboarding.address.confirmed",
    ]);
    const { states: dark } = await readOwnPicture(chart);
    expect(dark.filter(({ group }) => hasClass(group, "lit"))).toEqual([]);
  });

  it("has the ends of every process around the chart, and says all of it in words", async () => {
    const { root } = await readOwnPicture(chart, { lit: listPaths(state) });
    const boxes = root.children.filter((each) => hasClass(each, "state-box")).map(({ attributes }) => attributes.class);
    expect(boxes).toEqual(["state-box started", "state-box completed", "state-box timed_out", "state-box failed"]);
    const description = root.children.find(({ name }) => name === "desc")!.text;
    for (const sentence of [
      "started: done, then completed.",
      "started: SubscriptionCancelled / sayGoodbye, then cancelled.",
      "active.onboarding: TrialStarted / on-trial-started, assign.",
      "It is in active, active.onboarding, active.onboarding.card, active.onboarding.card.missing, active.onboarding.address, active.onboarding.address.confirmed.",
    ]) {
      expect(description.split("\n")).toContain(sentence);
    }
  });

  it("is the same for the same chart, stands alone, and has a dark scheme", async () => {
    const [one, other] = [await readOwnPicture(chart), await readOwnPicture(structuredClone(chart))];
    expect(other.svg).toBe(one.svg);
    const style = one.root.children.find(({ name }) => name === "style")!.text;
    expect(style).not.toMatch(/url|@import|@font-face/);
    const selectors = [...style.replaceAll("@media (prefers-color-scheme:dark){", "").matchAll(/([^{}]+)\{/g)].flatMap(([, each]) =>
      each!.split(","),
    );
    expect(selectors.length).toBeGreaterThan(100);
    expect(selectors.filter((selector) => !selector.startsWith(".perdure-chart "))).toEqual([]);
  });

  // After a change to what is drawn: npx vitest run test/graph -u writes the picture anew.
  it("is the one in docs/guides", async () => {
    const { svg } = await readOwnPicture(chart, { highlight: "started", lit: listPaths(state) });
    await expect(svg).toMatchFileSnapshot(join(projectFolder, "docs/guides/subscription.svg"));
  });
});

function parentOf(path: string): string {
  return path.split(".").slice(0, -1).join(".");
}

/** Within a pixel, because arrows are rounded to tenths. */
function isOnEdge([x, y]: readonly [number, number], { left, top, right, bottom }: Rectangle): boolean {
  const isNear = (one: number, other: number) => Math.abs(one - other) < 1.2;
  const isLevel = y >= top - 1.2 && y <= bottom + 1.2;
  const isBeneath = x >= left - 1.2 && x <= right + 1.2;
  return ((isNear(x, left) || isNear(x, right)) && isLevel) || ((isNear(y, top) || isNear(y, bottom)) && isBeneath);
}
