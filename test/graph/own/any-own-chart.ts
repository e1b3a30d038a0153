import * as fc from "fast-check";
import { createMachine } from "xstate";
import { type Chart, describeMachine } from "../../../src/machine/chart.ts";
import { compileMachine } from "../../../src/machine/compile-machine.ts";
import type { OwnState } from "../../../src/machine/own-state.ts";
import { defineChart } from "./subscription.ts";

interface Tree {
  readonly key: string;
  readonly kind: "atomic" | "final" | "compound" | "parallel" | "history";
  readonly children: readonly Tree[];
}

const key = fc.stringMatching(/^[a-z][A-Za-z]{0,12}$/);

const leaf = fc.record({ key, kind: fc.constantFrom("atomic", "atomic", "atomic", "final", "history"), children: fc.constant([]) });

function anyTree(depth: number): fc.Arbitrary<Tree> {
  if (depth === 0) return leaf;
  const nested = fc.record({
    key,
    kind: fc.constantFrom("compound", "parallel"),
    children: fc.uniqueArray(anyTree(depth - 1), { minLength: 1, maxLength: 4, selector: (tree) => tree.key }),
  });
  return fc.oneof({ weight: 2, arbitrary: leaf }, { weight: 1, arbitrary: nested });
}

const anyRoot = fc.record({
  key: fc.constant("root"),
  kind: fc.constantFrom("compound", "compound", "parallel"),
  children: fc.uniqueArray(anyTree(2), { minLength: 1, maxLength: 5, selector: ({ key }) => key }),
}) as fc.Arbitrary<Tree>;

interface Way {
  readonly from: number;
  readonly to: number;
  readonly how: "event" | "after" | "always" | "invoke" | "staying";
  readonly hasGuard: boolean;
  readonly actions: readonly string[];
}

const anyWay: fc.Arbitrary<Way> = fc.record({
  from: fc.nat(),
  to: fc.nat(),
  how: fc.constantFrom("event", "event", "after", "always", "invoke", "staying"),
  hasGuard: fc.boolean(),
  actions: fc.subarray(["sendReminder", "on-order-placed", "tellTheCustomerThatTheirOrderHasBeenDelayed"]),
});

/** Any states inside of each other, with any transitions between them. */
export const anyOwnChart: fc.Arbitrary<Chart & { readonly own: OwnState }> = fc
  .tuple(anyRoot, fc.array(anyWay, { maxLength: 12 }))
  .map(([root, ways]) => describeMachine(compileMachine(defineChart(createMachine(toConfig(root, ways))))))
  .map((chart) => ({ ...chart, own: chart.own! }));

function toConfig(root: Tree, ways: readonly Way[]): Parameters<typeof createMachine>[0] {
  const paths = listPaths(root);
  const listed = paths.filter(({ tree }) => tree.kind !== "final" && tree.kind !== "history");
  const targets = paths.filter(({ path }) => path.length > 0);
  const toState = (tree: Tree, path: readonly string[]): object => {
    const own = ways.filter(({ from }) => listed[from % listed.length]!.path.join(".") === path.join("."));
    const isNormal = tree.kind !== "final" && tree.kind !== "history";
    const children = tree.children.filter(({ kind }) => kind !== "history");
    return {
      ...(tree.kind !== "compound" && tree.kind !== "atomic" && { type: tree.kind }),
      ...(tree.children.length > 0 && {
        states: Object.fromEntries(tree.children.map((child) => [child.key, toState(child, [...path, child.key])])),
      }),
      ...(tree.kind === "compound" && { initial: (children[0] ?? tree.children[0]!).key }),
      ...(isNormal &&
        toTransitions(
          own,
          targets.map(({ path }) => `#root.${path.join(".")}`),
        )),
    };
  };
  return { ...toState(root, []), id: "root" };
}

function toTransitions(ways: readonly Way[], targets: readonly string[]): object {
  const all = ways.map((way, index) => ({
    ...way,
    index,
    transition: {
      ...(way.how !== "staying" && { target: targets[way.to % targets.length]! }),
      ...((way.hasGuard || way.how === "always") && { guard: "isStillNeeded" }),
      actions: way.actions,
    },
  }));
  const of = (...hows: readonly Way["how"][]) => all.filter(({ how }) => hows.includes(how));
  return {
    on: Object.fromEntries(of("event", "staying").map(({ index, transition }) => [`Event${index}Happened`, transition])),
    after: Object.fromEntries(of("after").map(({ index, transition }) => [`${index + 1}d`, transition])),
    always: of("always").map(({ transition }) => transition),
    invoke: of("invoke").map(({ index, transition }) => ({ src: `command${index}`, onDone: transition, onError: transition })),
  };
}

function listPaths(tree: Tree, path: readonly string[] = []): readonly { readonly tree: Tree; readonly path: readonly string[] }[] {
  return [{ tree, path }, ...tree.children.flatMap((child) => listPaths(child, [...path, child.key]))];
}
