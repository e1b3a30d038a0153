import type { Desk } from "./desk.ts";
import { Refusal } from "./respond.ts";
import { showCommand, showInstance, showLetter, showTimer, showWaiting, showWholeLetter } from "./show.ts";
import { showJournal } from "./show-journal.ts";
import type { InstanceAnswer, LetterAnswer } from "./wire.ts";

/** @throws Refusal of an instance that is not there */
export async function readInstance(desk: Desk, processId: string): Promise<InstanceAnswer> {
  const { system, showValue } = desk;
  const instance = await system.processes.get(processId);
  if (instance === undefined) {
    throw new Refusal(404, "INSTANCE_UNKNOWN", `There is no instance ${JSON.stringify(processId)}.`, "It may have been erased, or pruned.");
  }
  const [journal, timers, commands, waiting, open, all] = await Promise.all([
    system.processes.history(processId),
    system.timers.list({ processId }),
    system.scheduled.list({ processId }),
    system.processes.waiting(processId),
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
    journal: showJournal(journal, process, desk),
    journalLength: journal.length,
    timers: timers.map(showTimer),
    commands: commands.map(showCommand),
    waiting: waiting.map(showWaiting),
    letters: [...open, ...settled].map((letter) => showLetter(letter, desk.showError)),
  };
}

/** @throws Refusal of a letter that is not there */
export async function readLetter(desk: Desk, id: string): Promise<LetterAnswer> {
  const letter = await desk.system.deadLetters.get(id);
  if (letter !== undefined) return showWholeLetter(letter, desk);
  throw new Refusal(404, "DEAD_LETTER_UNKNOWN", `There is no dead letter ${JSON.stringify(id)}.`, "It may have been pruned.");
}
