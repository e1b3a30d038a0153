import type { CommittedStep } from "perdure";
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
  waitFor(order: string, kind: CommittedStep["kind"], name?: string): Promise<CommittedStep>;
  /** How often a command of an order reached the world outside. */
  countEffects(order: string, command: string): number;
}

/** `patience` is for how many seconds a step is waited for. */
export function createChronicle(narrator: Narrator, patience = 8): Chronicle {
  const steps: CommittedStep[] = [];
  const effects: Effect[] = [];
  const waiting = new Set<{ readonly look: () => void; readonly fail: (error: StoryError) => void }>();
  let lost: StoryError | undefined;

  const describeSeen = (order: string) =>
    steps
      .filter(({ aggregateId }) => aggregateId === order)
      .map((step) => [step.kind, nameOf(step)].filter(Boolean).join(" "))
      .join(", ") || "nothing";

  return {
    onStep: ({ step }) => {
      steps.push(step);
      narrator.line(
        describeStep(
          step,
          effects.findLast(({ commandId }) => commandId === step.command?.commandId),
          narrator.moment,
        ),
      );
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
      const found = new Promise<CommittedStep>((resolve, reject) => {
        const look = () => {
          const step = steps.find(
            (each) => each.aggregateId === order && each.kind === kind && (name === undefined || nameOf(each) === name),
          );
          if (step === undefined) return;
          waiting.delete(waiter);
          resolve(step);
        };
        const waiter = { look, fail: reject };
        waiting.add(waiter);
        if (lost !== undefined) reject(lost);
        look();
      });
      return within(patience, what, found, () => describeSeen(order));
    },
    countEffects: (order, command) => effects.filter((effect) => effect.order === order && effect.command === command).length,
  };
}

function nameOf({ command, handler }: CommittedStep): string | undefined {
  return command?.type ?? handler;
}
