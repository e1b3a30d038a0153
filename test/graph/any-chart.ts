import * as fc from "fast-check";
import { type Chart, type ChartTransition, describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { anyDefinition } from "../machine/any-definition.ts";

/** The chart of a definition without mistakes. */
export const anyChart: fc.Arbitrary<Chart> = anyDefinition.map((definition) => describeMachine(compileMachine(definition)));

/** What Mermaid, Graphviz, XML or a renderer could make something of. */
const oddPart = fc.oneof(
  fc.constantFrom(
    '"',
    "'",
    "<",
    ">",
    "&",
    "&amp;",
    "]]>",
    "-->",
    "#35;",
    ";",
    ":",
    "\\",
    "\\N",
    "\\l",
    "{",
    "}",
    "[*]",
    "%%",
    "<br/>",
    "<script>",
  ),
  fc.constantFrom("\n", "\r\n", "\t", "\u0000", "\u001B", "\uFFFE", "\uD800", "日本語", "👩‍👩‍👧", "e\u0301", "W".repeat(300)),
);

/** Never empty, and without spaces around it. */
export const oddText = fc
  .array(fc.oneof(oddPart, fc.string({ unit: "grapheme", maxLength: 8 }), fc.stringMatching(/^[A-Za-z -]{1,60}$/)), { maxLength: 6 })
  .map((parts) => `x${parts.join("")}x`);

/** A chart in which every text that a user can write is an odd one. */
export const oddChart: fc.Arbitrary<Chart> = fc
  .tuple(anyChart, fc.infiniteStream(oddText))
  .map(([chart, texts]) => replaceTexts(addEnds(chart), () => texts.next().value));

/** The chart with an outcome at each event that completes it, and with a condition that does. */
function addEnds(chart: Chart): Chart {
  const condition: ChartTransition = {
    trigger: { kind: "condition", name: "completeWhen" },
    source: "started",
    target: "completed",
    handler: undefined,
    description: "all is done",
    outcome: undefined,
    starts: false,
  };
  const transitions = chart.transitions.map((each) => (each.target === "completed" ? { ...each, outcome: "done" } : each));
  return { ...chart, transitions: [...transitions, condition] };
}

/** `chart` with new texts where a user's are: names of the process, its events and handlers, and all descriptions. */
export function replaceTexts(chart: Chart, nextText: () => string): Chart {
  const replace = (text: string | undefined) => (text === undefined ? undefined : nextText());
  return {
    process: nextText(),
    description: replace(chart.description),
    own: undefined,
    states: chart.states.map((state) => ({ ...state, description: replace(state.description), handler: replace(state.handler) })),
    transitions: chart.transitions.map((transition) => ({
      ...transition,
      trigger: replaceTrigger(transition.trigger, nextText),
      handler: replace(transition.handler),
      description: replace(transition.description),
      outcome: replace(transition.outcome),
    })),
  };
}

function replaceTrigger(trigger: ChartTransition["trigger"], nextText: () => string): ChartTransition["trigger"] {
  if (trigger.kind === "delay") return { ...trigger, text: nextText() };
  if (trigger.kind !== "event" || isOfRuntime(trigger.type)) return trigger;
  return { ...trigger, type: nextText() };
}

/** Whether an event is one that no user names. */
export function isOfRuntime(type: string): boolean {
  return type.startsWith("process.");
}

const runtimeWords: Readonly<Record<string, string>> = { "process.failed": "out of attempts", "process.resumed": "an operator retries" };

/** What a diagram says of a transition, in one line. */
export function sayTransition({ trigger, source, target, handler, outcome }: ChartTransition): string {
  const words = [sayTrigger(trigger), handler === undefined ? "" : ` / ${handler}`, outcome === undefined ? "" : ` → ${outcome}`];
  return `${source} ${target ?? "stays"} ${toLine(words.join(""))}`;
}

function sayTrigger(trigger: ChartTransition["trigger"]): string {
  if (trigger.kind === "event") return runtimeWords[trigger.type] ?? trigger.type;
  if (trigger.kind === "condition") return `[${trigger.name}]`;
  if (trigger.kind !== "delay") throw new Error(`no skeleton has a transition that is ${trigger.kind}`);
  return `after ${trigger.text}${/^\d+$/.test(trigger.text) ? " ms" : ""}`;
}

/** A text as a diagram shows it, in one line. */
export function toLine(text: string): string {
  return toXmlText(text).replace(/\s+/g, " ");
}

/** What XML cannot hold is replaced; everything else is as it was. */
export function toXmlText(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}");
}
