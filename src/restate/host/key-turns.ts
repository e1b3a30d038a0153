import { ProcessError } from "../../errors.ts";
import { findOpenInstance, prepareInstance } from "../../runtime/commit/change-instance.ts";
import { prepareScheduled } from "../../runtime/commit/change-scheduled.ts";
import { checkSettlement } from "../../runtime/commit/check-settlement.ts";
import { prepareSettlement } from "../../runtime/commit/settle-letter.ts";
import type { Changes } from "../../runtime/decide/changes.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { ChangeInput, LookAgainInput, SettleInput, WakeInput } from "../wire/messages.ts";
import { stateKeys } from "../wire/names.ts";
import { REFUSED_STATUS, writeRefusal } from "../wire/refusal.ts";
import type { Parts } from "./parts.ts";
import type { KeyContext } from "./sdk.ts";
import { Turn } from "./turn.ts";

/*
 * The turns that every key has, whether it is of a process, of a policy or of commands from outside.
 */

/** How long an answer is kept for a caller who has lost it and asks again, in milliseconds. */
export const ANSWER_MS = 600_000;

export async function wake(context: KeyContext, process: string, { at, isLast }: WakeInput, parts: Parts): Promise<void> {
  const turn = await Turn.open(context, process, parts);
  const { kept } = turn.key;
  if (kept.wake?.at !== at || kept.wake.isLast !== isLast) return;
  kept.wake = null;
  // The server's clock says that the moment has come; this OS process looks at its own.
  await turn.end(undefined, isLast);
}

export async function settle(context: KeyContext, process: string, { deadLetterId, settlement }: SettleInput, parts: Parts): Promise<void> {
  const turn = await Turn.open(context, process, parts, deadLetterId);
  const { store, rules } = turn.key;
  await intervene(context, "settle", { turn, parts }, async (now) =>
    prepareSettlement(store, rules, await checkSettlement(store, rules, { ...settlement, deadLetterId }), now),
  );
}

export async function change(context: KeyContext, process: string, input: ChangeInput, parts: Parts): Promise<void> {
  const turn = await Turn.open(context, process, parts);
  const { store, rules, memory } = turn.key;
  if ("commandId" in input) {
    await intervene(context, "change", { turn, parts }, async (now) =>
      prepareScheduled(store, (seq) => memory.lanes.isEntered(seq), input, now),
    );
    return;
  }
  const kept = store.instances.get(input.processId);
  // What has ended and owes nothing lies beside the key.
  const stored = kept ?? (await context.get<InstanceRecord>(stateKeys.instance(input.processId))) ?? undefined;
  await intervene(context, "change", { turn, parts }, async (now) => {
    findOpenInstance({ instances: { get: () => stored } }, input.processId);
    return prepareInstance(store, rules, input, now);
  });
}

/**
 * What an operator asks is decided between two steps, because a key has one turn at a time. What is decided, a refusal too, is the same when the
 * turn is repeated.
 */
async function intervene(
  context: KeyContext,
  name: "settle" | "change",
  { turn, parts }: { readonly turn: Turn; readonly parts: Parts },
  decide: (now: number) => Promise<Changes>,
): Promise<void> {
  const { clock } = turn.key.rules;
  const decided = await context.run(name, async () => {
    const now = clock.now();
    try {
      return { changes: await decide(now), now };
    } catch (error) {
      if (!ProcessError.is(error)) throw error;
      return { refused: writeRefusal(error) };
    }
  });
  if ("refused" in decided) throw new parts.sdk.TerminalError(decided.refused, { errorCode: REFUSED_STATUS });
  turn.write(decided.changes);
  await turn.leave(decided.now);
}

/** Waits no longer for what is lost: a new wake-up is armed, and a command whose attempt is lost is tried anew. */
export async function lookAgain(context: KeyContext, process: string, { lost }: LookAgainInput, parts: Parts): Promise<void> {
  const turn = await Turn.open(context, process, parts);
  const { kept } = turn.key;
  if (kept.wake !== null && lost.includes(kept.wake.invocationId)) kept.wake = null;
  kept.running = kept.running.filter(({ invocationId }) => !lost.includes(invocationId));
  await turn.leave(await context.date.now());
}
