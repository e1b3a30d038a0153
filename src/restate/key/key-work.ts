import { laneOf } from "../../definition/model/lane.ts";
import { canRunCommand } from "../../runtime/core/command-lane.ts";
import { readSituation } from "../../runtime/core/situation.ts";
import { decideNextStep } from "../../runtime/decide/next-step.ts";
import { nextMoment } from "../../runtime/decide/next-moment.ts";
import type { CommandRecord } from "../../store/commands.ts";
import { decideAt, type OpenKey } from "./open-key.ts";

/** The next moment at which a key has a step to take by itself, as `nextMoment` has it. */
export function nextStepMoment(key: OpenKey): number | undefined {
  return nextMoment({ ...readState(key), lanes: [] });
}

/** The next moment at which a key has anything to do by itself, beside the commands that run. */
export function nextKeyMoment(key: OpenKey): number | undefined {
  return nextMoment({ ...readState(key), lanes: listIdleLanes(key).map((lane) => key.store.commands.read(lane, 1)) });
}

/** The commands whose turn it is at `now`, one of each lane in which none runs. */
export function listDueCommands(key: OpenKey, now: number): readonly CommandRecord[] {
  const host = { ...decideAt(key, () => now), limiter: undefined, domain: key.rules.domain };
  return listIdleLanes(key)
    .filter((lane) => canRunCommand(lane, host))
    .flatMap((lane) => key.store.commands.read(lane, 1));
}

/** Whether something waits for a newer definition, so that nothing that happens to the key tells when it can go on. */
export function awaitsDefinition(key: OpenKey, now: number): boolean {
  const { kept } = key;
  if (kept.entries.length === 0 && kept.commands.length === 0) return false;
  const deciding = decideAt(key, () => now);
  const { step } = decideNextStep(readSituation(key.id, deciding));
  if (step === "await-definition" || step === "await-version") return true;
  return kept.commands.some(({ record, isParked }) => !isParked && deciding.isNewer(record.process, record.processId));
}

function readState(key: OpenKey) {
  const { now: _, ...situation } = readSituation(
    key.id,
    decideAt(key, () => 0),
  );
  return situation;
}

function listIdleLanes({ kept: { commands, running } }: OpenKey): readonly string[] {
  const busy = new Set(running.map(({ lane }) => lane));
  return [...new Set(commands.map(({ record }) => laneOf(record)))].filter((lane) => !busy.has(lane));
}
