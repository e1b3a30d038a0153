import type { CommandDeclaration } from "../../definition/model/definition.ts";
import { describeValue } from "../../definition/report/report.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { callAt, type Clock } from "../../platform/clock.ts";
import { dropPromises } from "../../platform/promises.ts";
import { recordToCommand } from "../../record/command.ts";
import type { CommandQueue, CommandRecord } from "../../store/commands.ts";
import { laneOf } from "../../definition/model/lane.ts";
import { type Admission, type Limiter, type Place, unlimited } from "../core/limiter.ts";
import { LimitCount } from "./limit-count.ts";

/** The limiter of a run, with what the run asks of it. */
export interface RunLimiter extends Limiter {
  /** The commands that lanes wait with, and how many of each have a place. */
  readonly saturated: ReadonlyMap<string, number>;
  stop(): void;
}

export interface LimiterPorts {
  readonly commands: ReadonlyMap<string, CommandDeclaration>;
  readonly clock: Clock;
  /** How many lanes wait in memory at most. */
  readonly held: number;
  /** Wakes a lane that has a place. */
  readonly call: (lane: string) => void;
  /** Called when lanes were not held, and there is room again: whoever is called goes through the store. */
  readonly onMissed: () => void;
}

/** A limiter, if any command has limits. */
export function createLimiter(ports: LimiterPorts): RunLimiter | undefined {
  const hasLimits = [...ports.commands.values()].some(({ limits }) => limits?.concurrency !== undefined || limits?.rate !== undefined);
  return hasLimits ? new CountingLimiter(ports) : undefined;
}

/**
 * Counts in memory, because one worker runs all commands. A worker that begins counts anew.
 *
 * A lane that finds no room waits here, in no runner, so that it takes no place from others. When there is room, the lane that came first gets
 * it: the room is kept until that lane has run, so that no later one takes it meanwhile.
 */
class CountingLimiter implements RunLimiter {
  readonly #ports: LimiterPorts;
  readonly #counts = new Map<string, LimitCount>();
  /** What a lane waits for, or is called for. */
  readonly #lanes = new Map<string, LimitCount>();
  readonly #alarms = new Map<LimitCount, () => void>();
  /** Those with lanes for which there was no room in memory. */
  readonly #missed = new Set<LimitCount>();
  #isStopped = false;

  constructor(ports: LimiterPorts) {
    this.#ports = ports;
  }

  admit(command: CommandRecord): Admission {
    const found = this.#find(command);
    if (found === undefined) return unlimited;
    if ("error" in found) return { outcome: "refused", error: found.error };
    const { count } = found;
    const lane = laneOf(command);
    // A lane whose next command is another by now gives up what it waited for.
    if (this.#lanes.get(lane) !== count) this.#withdraw(lane);
    const isCalled = count.called.delete(lane);
    if (isCalled || this.#isNext(count)) {
      this.#lanes.delete(lane);
      count.take();
      return { outcome: "place", place: this.#createPlace(count) };
    }
    this.#hold(lane, count);
    return { outcome: "wait" };
  }

  isFree(command: CommandRecord): boolean {
    const found = this.#find(command);
    return found === undefined || "error" in found || this.#isNext(found.count);
  }

  leave(lane: string): void {
    if (this.#lanes.get(lane)?.called.has(lane) === true) this.#withdraw(lane);
  }

  get saturated(): ReadonlyMap<string, number> {
    const taken = new Map<string, number>();
    for (const { waiting, command } of this.#lanes.values()) if (waiting.size > 0) taken.set(command, 0);
    for (const { command, taken: more } of this.#counts.values()) if (taken.has(command)) taken.set(command, taken.get(command)! + more);
    return taken;
  }

  stop(): void {
    this.#isStopped = true;
    for (const callOff of this.#alarms.values()) callOff();
    this.#alarms.clear();
  }

  #isNext(count: LimitCount): boolean {
    return count.waiting.size === 0 && count.hasRoom(this.#ports.clock.now());
  }

  #withdraw(lane: string): void {
    const count = this.#lanes.get(lane);
    if (count === undefined) return;
    this.#lanes.delete(lane);
    count.waiting.delete(lane);
    count.called.delete(lane);
    this.#look(count);
  }

  #hold(lane: string, count: LimitCount): void {
    const { held } = this.#ports;
    // However many wait for other limits, some are held for each, so that none depends on how fast another one is.
    if (this.#lanes.size >= held && count.waiting.size >= Math.min(held, HELD_FOR_EACH) && !count.waiting.has(lane)) {
      // Its commands are in the store, where they are found again when most of those before have gone.
      this.#missed.add(count);
      return;
    }
    count.waiting.add(lane);
    this.#lanes.set(lane, count);
    // At the moment at which the window moves on, a lane may come before the alarm. Then there is room, for those that came first.
    this.#look(count);
  }

  #createPlace(count: LimitCount): Place {
    let hasBegun = false;
    return {
      begin: () => {
        hasBegun = true;
        count.begin(this.#ports.clock.now());
        // Those that wait know now when there is room again.
        this.#arm(count);
        // The window may have moved on since the place was taken, before the alarm. The handler of this attempt is called first.
        if (count.waiting.size > 0 && count.hasRoom(this.#ports.clock.now())) void Promise.resolve().then(() => this.#look(count));
      },
      end: () => {
        count.giveBack(hasBegun);
        this.#look(count);
      },
    };
  }

  /** Calls the lanes that there is room for. */
  #look(count: LimitCount): void {
    if (this.#isStopped) return;
    const { clock, call, held, onMissed } = this.#ports;
    for (const lane of count.waiting) {
      if (!count.hasRoom(clock.now())) break;
      count.waiting.delete(lane);
      count.called.add(lane);
      call(lane);
    }
    this.#arm(count);
    if (count.waiting.size <= Math.min(held, HELD_FOR_EACH) / 2 && this.#missed.delete(count)) onMissed();
  }

  /** Looks again when the window of the rate moves on, if anybody waits for it. */
  #arm(count: LimitCount): void {
    this.#alarms.get(count)?.();
    this.#alarms.delete(count);
    const { clock } = this.#ports;
    const at = count.waiting.size === 0 || this.#isStopped ? undefined : count.nextRoomAt(clock.now());
    if (at !== undefined)
      this.#alarms.set(
        count,
        callAt(clock, at, () => this.#look(count)),
      );
  }

  /** What a command counts with; `undefined` if it has no limits. */
  #find(record: CommandRecord): { readonly count: LimitCount } | { readonly error: ProcessError } | undefined {
    const limits = this.#ports.commands.get(record.type)?.limits;
    if (limits === undefined || (limits.concurrency === undefined && limits.rate === undefined)) return undefined;
    let key = "";
    if (limits.keyOf !== undefined) {
      try {
        key = readKey(limits.keyOf(recordToCommand(record)));
      } catch (error) {
        return { error: refuseKey(record, error) };
      }
    }
    const id = `${record.type}\n${key}`;
    const known = this.#counts.get(id);
    if (known !== undefined) return { count: known };
    this.#forgetSome();
    const count = new LimitCount(record.type, limits);
    this.#counts.set(id, count);
    return { count };
  }

  /** Forgets the oldest keys that nothing is to be remembered of. With two at each new key, they never become many more than are in use. */
  #forgetSome(): void {
    const now = this.#ports.clock.now();
    let looked = 0;
    for (const [id, count] of this.#counts) {
      this.#counts.delete(id);
      if (!count.isEmpty(now)) this.#counts.set(id, count);
      looked += 1;
      if (looked === FORGET_AT_ONCE) return;
    }
  }
}

/** How many commands of each name that is `saturated` are due by `now` and have no place. */
export function countAwaiting(
  { countDue }: Pick<CommandQueue, "countDue">,
  now: number,
  saturated: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  if (saturated.size === 0) return saturated;
  const due = countDue(now, [...saturated.keys()]);
  return new Map([...saturated].map(([type, taken]) => [type, Math.max(0, (due.get(type) ?? 0) - taken)]));
}

const FORGET_AT_ONCE = 2;

const HELD_FOR_EACH = 100;

/** The commands that have no key count together. */
function readKey(key: unknown): string {
  if (key === undefined || key === null) return "";
  if (typeof key === "string" || (typeof key === "number" && Number.isFinite(key))) return JSON.stringify(key);
  dropPromises(key);
  throw new TypeError(`it gives ${describeValue(key)}, not a text or a number`);
}

function refuseKey({ type, commandId }: CommandRecord, error: unknown): ProcessError {
  return new ProcessError("LIMIT_KEY_INVALID", `command "${type}" (${commandId}): limits.key: ${errorToText(error)}`, {
    hint: "Let it give a text or a number, at once; then retry the dead letter.",
  });
}
