import { createSettling, deadLetterFilterFields, type DeadLetters } from "../../observe/dead-letters.ts";
import { createPage, readListFilter } from "../../observe/page.ts";
import { expectId } from "../../platform/options.ts";
import { systemIds } from "../../platform/ids.ts";
import { ProcessError } from "../../errors.ts";
import { recordToDeadLetter } from "../../record/dead-letter.ts";
import { refuseRemoved } from "../../runtime/decide/decide-settlement.ts";
import { findOpenLetter } from "../../runtime/commit/settle-letter.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { Ingress } from "../ingress/ingress.ts";
import { readPlace, writePlace } from "./place.ts";
import type { Rows } from "./rows.ts";
import type { Place } from "../admin/sql.ts";

export interface DeadLettersPorts {
  readonly ingress: Pick<Ingress, "read" | "settle">;
  /** @throws ProcessError `CONFIG_INVALID` if the address of the admin port was not given */
  readonly rows: (what: string) => Rows;
  readonly isDefined: (process: string) => boolean;
}

/** Letters are found by a scan through the admin port, and settled by their key, through the ingress. */
export function createDeadLettersView({ ingress, rows, isDefined }: DeadLettersPorts): DeadLetters {
  const get = async (id: string): Promise<DeadLetterRecord | undefined> => (await rows("deadLetters.get").letter(id))?.row;

  return {
    list: async (given = {}) => {
      const { filter, size, cursor } = readListFilter(given, deadLetterFilterFields);
      const { status = "open" } = filter;
      const wanted = { ...filter, status: status === "any" ? undefined : status };
      const found = await rows("deadLetters.list").letters(wanted, readPlace(cursor), size);
      return createPage(found, size, recordToDeadLetter, (record) => writePlace(placeOf(record)));
    },
    get: async (id) => {
      expectId(id, "deadLetters.get: id");
      const record = await get(id);
      return record === undefined ? undefined : recordToDeadLetter(record);
    },
    ...createSettling({
      get,
      listOpen: async (filter) => {
        const all: DeadLetterRecord[] = [];
        for (let page: readonly DeadLetterRecord[] = [], after: Place | undefined; ;) {
          page = await rows("deadLetters.list").letters({ ...filter, status: "open" }, after, LETTERS_IN_PAGE);
          all.push(...page);
          const last = page.length < LETTERS_IN_PAGE ? undefined : page.at(-1);
          if (last === undefined) return all;
          after = placeOf(last);
        }
      },
      settle: async (deadLetterId, settlement) => {
        const found = await rows(`deadLetters.${settlement.kind}`).letter(deadLetterId);
        const letter = findOpenLetter({ get: () => found?.row }, deadLetterId);
        try {
          // A new key for each call: to settle a letter a second time is refused, and a lost answer is asked for again.
          await ingress.settle(found!.key, { deadLetterId, settlement }, systemIds.next());
        } catch (error) {
          const isRemoved = ProcessError.is(error, "RESTATE_UNREGISTERED") && !isDefined(letter.process);
          throw isRemoved ? refuseRemoved(letter) : error;
        }
      },
    }),
  };
}

// Each page of a scan costs as much as the whole.
const LETTERS_IN_PAGE = 1_000;

function placeOf({ lastFailedAt, deadLetterId }: DeadLetterRecord): Place {
  return [lastFailedAt, deadLetterId];
}
