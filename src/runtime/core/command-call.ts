import { commandOptionNames, moreCommandOptionNames } from "../../definition/model/command.ts";
import { describeValue } from "../../definition/report/report.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { ProcessError } from "../../errors.ts";
import type { StoredEvent } from "../../store/events.ts";
import { findIdProblem } from "../check/id.ts";
import { isPlainObject } from "../../platform/json.ts";
import type { Limits } from "../check/settings.ts";

/** The options and the payload of a command's call, whichever form the call has. */
export interface CommandCall {
  readonly aggregateId: string;
  readonly delay: unknown;
  readonly correlationId: string | undefined;
  readonly causationId: string | undefined;
  /** Only of a command from outside. */
  readonly commandId: string | undefined;
  readonly payload: unknown;
  readonly key: string | undefined;
  readonly lane: "own" | undefined;
}

export interface CommandCallContext {
  /** The event that is handled; `undefined` for a command from outside. */
  readonly event: StoredEvent | undefined;
  /** Its payload, as the handler has it. */
  readonly handed: unknown;
  readonly limits: Limits;
}

/**
 * Reads `{ aggregateId, …options, payload }`, or the flat form `{ aggregateId, …options, …payload }`. `place` names the command.
 * @throws ProcessError `COMMAND_INVALID`, also if something could be meant both as an option and as a field of the payload
 */
export function readCommandCall(name: string, given: unknown, { event, handed, limits }: CommandCallContext, place: string): CommandCall {
  const refuse = (problem: string, hint: string) =>
    new ProcessError("COMMAND_INVALID", `${place}: ${problem}`, {
      hint: hint.replace("<form>", `commands.${name}({ aggregateId, payload: { … } })`),
      details: { command: name },
    });

  if (!isPlainObject(given)) throw refuse("it is called without a plain object", "Call <form>.");
  // An option that says what holds without it changes nothing, so it cannot do harm.
  const standard: Fields =
    event === undefined
      ? {}
      : { aggregateId: event.aggregateId, correlationId: event.correlationId ?? event.eventId, causationId: event.eventId };
  const hasPayload = given["payload"] !== undefined;
  // A command from outside can be named, in this form alone, so that no field of a payload is taken for its name.
  const optionNames: readonly string[] = event === undefined ? outsideOptionNames : handlerOptionNames;
  const beside = hasPayload ? Object.keys(given).find((key) => key !== "payload" && !optionNames.includes(key)) : undefined;
  if (beside !== undefined) {
    const close = suggestName(beside, optionNames);
    const problem = `it has a payload, and beside it ${JSON.stringify(beside)}, which is not an option${didYouMean(close)}`;
    throw refuse(
      problem,
      `The options are ${optionNames.join(", ")}. All that is payload goes into payload, a field of that name too: <form>.`,
    );
  }
  const spread = findSpread(
    given,
    hasPayload ? ["payload"] : commandOptionNames.filter((option) => given[option] !== standard[option]),
    handed,
  );
  if (spread !== undefined) {
    throw refuse(
      `it has ${spread} of the event's own payload, which can be meant as ${spread === "payload" ? "the payload itself" : "an option"} or as a field of its payload`,
      spread === "payload"
        ? "Pass payload: event.payload if all of it is meant, and payload: { ...event.payload.payload } if that field is."
        : `Call <form>, with ${spread} inside of payload if it is a field, and beside payload if it is the option.`,
    );
  }
  if (event === undefined && !hasPayload && given["commandId"] !== undefined) {
    throw refuse(
      "it has a commandId and no payload, so that it can be meant as the command's name or as a field of its payload",
      "Call <form>, with commandId beside payload if it names the command, and inside of it if it is a field.",
    );
  }
  for (const option of hasPayload ? idsBesidePayload : ids) {
    const problem = given[option] === undefined && option !== "aggregateId" ? undefined : findIdProblem(given[option], limits);
    if (problem !== undefined) throw refuse(`its ${option} ${problem}`, "Call <form>; what is not an option belongs in payload.");
  }
  const { aggregateId, delay, correlationId, causationId, payload, ...rest } = given;
  // The identities are checked above.
  if (!hasPayload) {
    return {
      aggregateId,
      delay,
      correlationId,
      causationId,
      payload: rest,
      key: undefined,
      lane: undefined,
      commandId: undefined,
    } as CommandCall;
  }
  const { key, lane, commandId } = given;
  const problem = key === undefined ? undefined : findIdProblem(key, limits);
  if (problem !== undefined)
    throw refuse(`its key ${problem}`, 'A key is a text that names the command in its instance, such as "reminder".');
  if (lane !== undefined && lane !== "own") {
    throw refuse(
      `its lane is ${describeValue(lane)}`,
      'lane: "own" lets the command run beside the others of its instance. Leave it out otherwise.',
    );
  }
  return { aggregateId, delay, correlationId, causationId, payload, key, lane, commandId } as CommandCall;
}

type Fields = Readonly<Record<string, unknown>>;

const handlerOptionNames = [...commandOptionNames, ...moreCommandOptionNames];

// A key names a command among those of an instance, and outside there is none.
const outsideOptionNames = [...commandOptionNames, "lane", "commandId"];

// In the flat form the others are fields of the payload.
const keysOfFlatForm: ReadonlySet<string> = new Set(["payload", ...commandOptionNames]);

const ids = ["aggregateId", "correlationId", "causationId"] as const;

// Where it is no option, it has been refused before.
const idsBesidePayload = [...ids, "commandId"] as const;

/**
 * Which of `keys` was most likely spread from the event's payload. A spread itself cannot be seen, but it leaves traces: the key has the
 * value of the payload's field, and another field of the payload is there as well, or the payload has no other field that could be there.
 * So `delay: event.payload.delay` beside fields that come from elsewhere is taken for an option.
 */
function findSpread(given: Fields, keys: readonly string[], handed: unknown): string | undefined {
  if (!isPlainObject(handed)) return undefined;
  const key = keys.find((each) => given[each] !== undefined && Object.hasOwn(handed, each) && handed[each] === given[each]);
  if (key === undefined) return undefined;
  const others = Object.keys(handed).filter((each) => !keysOfFlatForm.has(each));
  return others.length === 0 || others.some((each) => Object.hasOwn(given, each)) ? key : undefined;
}
