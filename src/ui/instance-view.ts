import type { Desk } from "./desk.ts";
import { Refusal } from "./respond.ts";
import { showCommand, showInstance, showLetter, showTimer, showWholeLetter } from "./show.ts";
import { showJournal } from "./show-journal.ts";
import type { InstanceAnswer, LetterAnswer } from "./wire.ts";

/** @throws Refusal of an instance that is not there */
export async function readInstance({ system, showValue }: Desk, processId: string): Promise<InstanceAnswer> {
  const instance = await system.processes.get(processId);
  if (instance === undefined) {
    throw new Refusal(404, "INSTANCE_UNKNOWN", `There is no instance ${JSON.stringify(processId)}.`, "It may have been erased, or pruned.");
  }
  const [journal, timers, commands, open, all] = await Promise.all([
    system.processes.history(processId),
    system.timers.list({ processId }),
    // A host that cannot list them says so, and the rest is shown all the same.
    system.scheduled.list({ processId }).catch(() => []),
    system.deadLetters.list({ processId }),
    system.deadLetters.list({ processId, status: "any" }),
  ]);
  const { process, context, version } = instance;
  const settled = all.filter(({ status }) => status !== "open");
  return {
    instance: {
      ...showInstance(instance),
      version,
      context: context === undefined ? undefined : showValue(context, { kind: "context", process, type: "" }),
    },
    journal: showJournal(journal, process, showValue),
    journalLength: journal.length,
    timers: timers.map(showTimer),
    commands: commands.map(showCommand),
    letters: [...open, ...settled].map(showLetter),
  };
}

/** @throws Refusal of a letter that is not there */
export async function readLetter({ system, showValue }: Desk, id: string): Promise<LetterAnswer> {
  const letter = await system.deadLetters.get(id);
  if (letter !== undefined) return showWholeLetter(letter, showValue);
  throw new Refusal(404, "DEAD_LETTER_UNKNOWN", `There is no dead letter ${JSON.stringify(id)}.`, "It may have been pruned.");
}
