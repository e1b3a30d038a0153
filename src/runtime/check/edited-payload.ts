import type { Domain } from "../../definition/model/definition.ts";
import { invocationEventType, shortProcessName } from "../../definition/model/names.ts";
import { ProcessError } from "../../errors.ts";
import type { WrittenJson } from "../../platform/json.ts";
import { readPolicyEvent } from "../../record/policy-attempt.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { StoredEvent } from "../../store/events.ts";
import { checkPayload } from "./payload.ts";
import type { Limits } from "./settings.ts";

/**
 * The payload that a dead letter is to be retried with, after the schema of its event or command has accepted it. It is returned at once unless
 * that schema is asynchronous.
 * @throws ProcessError `EVENT_PAYLOAD_INVALID`, `COMMAND_PAYLOAD_INVALID`, and `SETTLEMENT_REFUSED` if the payload is Perdure's own
 */
export function checkEditedPayload(
  letter: DeadLetterRecord,
  payload: string,
  { domain, limits }: { readonly domain: Domain; readonly limits: Limits },
): string | Promise<string> {
  const { deadLetterId, kind } = letter;
  const isCommand = kind === "command";
  const { type } = readSubject(letter);
  if (isOwn(letter, type)) throw refuseOwn(letter, type);
  const finish = (checked: WrittenJson): string => {
    // A row of the inbox is checked once more when it is taken, so that it has what its schema takes, and not what it gives.
    if ("json" in checked) return kind === "inbox" ? payload : checked.json;
    throw new ProcessError(
      isCommand ? "COMMAND_PAYLOAD_INVALID" : "EVENT_PAYLOAD_INVALID",
      `dead letter "${deadLetterId}", ${isCommand ? "command" : "event"} "${type}": ${checked.problem}`,
      {
        hint: `The letter is still open. Edit the payload so that it is plain JSON and matches the schema of its ${isCommand ? "command" : "event"}.`,
        details: { deadLetterId, type, problem: checked.problem },
        cause: checked.cause,
      },
    );
  };
  const { schema } = (isCommand ? domain.commands : domain.events).get(type) ?? {};
  const checked = checkPayload(JSON.parse(payload), schema, limits);
  return checked instanceof Promise ? checked.then(finish) : finish(checked);
}

/** The command or the event that a letter is about. */
function readSubject({ kind, subject }: DeadLetterRecord): CommandRecord | StoredEvent {
  const parsed = JSON.parse(subject) as CommandRecord | StoredEvent;
  return kind === "policy" ? readPolicyEvent(parsed) : parsed;
}

/** Whether Perdure has made the payload of what a letter is about, so that no schema of the user's describes it. */
function isOwn({ kind, process }: DeadLetterRecord, type: string): boolean {
  if (kind === "event" || kind === "correlation") return type === invocationEventType(shortProcessName(process));
  return kind !== "command" && kind !== "policy" && kind !== "inbox";
}

function refuseOwn({ deadLetterId }: DeadLetterRecord, type: string): ProcessError {
  return new ProcessError(
    "SETTLEMENT_REFUSED",
    `dead letter "${deadLetterId}": the payload of ${type} cannot be edited, because Perdure has made it`,
    {
      hint: "Retry the letter without a payload, skip it, or discard it.",
      details: { deadLetterId, type },
    },
  );
}
