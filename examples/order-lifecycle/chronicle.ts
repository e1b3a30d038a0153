import type { JournalEntry } from "perdure";
import { type StoryError, within } from "./check.ts";
import { describeStep } from "./describe-step.ts";
import type { Narrator } from "./narrator.ts";
import type { Effect } from "./protocol.ts";
import type { WorkerListener } from "./worker-process.ts";

/** What the workers, the killed one included, have told so far. Each step is narrated when it comes. */
export interface Chronicle extends WorkerListener {
  /**
   * Resolves with the first step of an order that is of this kind, and of this handler or command if one is named. It may
   * have happened already.
   */
  waitFor(order: string, kind: JournalEntry["kind"], name?: string): Promise<JournalEntry>;
  /** How often a command of an order reached the world outside. */
  countEffects(order: string, command: string): number;
}

const PATIENCE_SECONDS = 8;

export function createChronicle(narrator: Narrator): Chronicle {
  const steps: { readonly order: string; readonly entry: JournalEntry }[] = [];
  const effects: Effect[] = [];
  const waiting = new Set<{ readonly look: () => void; readonly fail: (error: StoryError) => void }>();
  let lost: StoryError | undefined;

  const describeSeen = (order: string) =>
    steps.filter((step) => step.order === order).map(({ entry }) => [entry.kind, nameOf(entry)].filter(Boolean).join(" ")).join(", ") || "nothing";

  return {
    onStep: ({ aggregateId, entry }) => {
      steps.push({ order: aggregateId, entry });
      narrator.line(describeStep(aggregateId, entry, effects.findLast(({ commandId }) => commandId === entry.command?.commandId), narrator.moment));
      for (const { look } of waiting) look();
    },
    onEffect: (effect) => {
      effects.push(effect);
    },
    onLost: (error) => {
      lost = error;
      for (const { fail } of waiting) fail(error);
    },
    waitFor: (order, kind, name) => {
      const what = `${order}: ${[kind, name].filter(Boolean).join(" ")}`;
      const found = new Promise<JournalEntry>((resolve, reject) => {
        const look = () => {
          const step = steps.find(({ order: of, entry }) => of === order && entry.kind === kind && (name === undefined || nameOf(entry) === name));
          if (step === undefined) return;
          waiting.delete(waiter);
          resolve(step.entry);
        };
        const waiter = { look, fail: reject };
        waiting.add(waiter);
        if (lost !== undefined) reject(lost);
        look();
      });
      return within(PATIENCE_SECONDS, what, found, () => describeSeen(order));
    },
    countEffects: (order, command) => effects.filter((effect) => effect.order === order && effect.command === command).length,
  };
}

function nameOf({ command, handler }: JournalEntry): string | undefined {
  return command?.type ?? handler;
}
