import type { CommandLimits } from "../../definition/model/command-limits.ts";

/**
 * Counts the attempts at what has one limit in common: the commands of a name, or those of a name and a key. At most `concurrency` have a place,
 * and at most `rate.count` attempts begin within any `rate.windowMs`.
 */
export class LimitCount {
  readonly command: string;
  /** The lanes that wait, in the order in which they came. */
  readonly waiting = new Set<string>();
  /** The lanes that a place is kept for until they come for it. */
  readonly called = new Set<string>();
  readonly #limits: CommandLimits;
  /** How many have a place, kept ones not counted, and how many of them have not begun. */
  #taken = 0;
  #unbegun = 0;
  /** The moments of the last attempts, oldest first, up to `rate.count`. Those before `#first` are out of the window. */
  #begun: number[] = [];
  #first = 0;

  constructor(command: string, limits: CommandLimits) {
    this.command = command;
    this.#limits = limits;
  }

  /** How many attempts have a place. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether one more may have a place at `now`. */
  hasRoom(now: number): boolean {
    const { concurrency, rate } = this.#limits;
    const kept = this.called.size;
    if (concurrency !== undefined && this.#taken + kept >= concurrency) return false;
    return rate === undefined || this.#countBegun(now) + this.#unbegun + kept < rate.count;
  }

  /** The moment at which the oldest attempt of the window leaves it; `undefined` if none is in it. */
  nextRoomAt(now: number): number | undefined {
    const { rate } = this.#limits;
    return rate === undefined || this.#countBegun(now) === 0 ? undefined : this.#begun[this.#first]! + rate.windowMs;
  }

  take(): void {
    this.#taken += 1;
    this.#unbegun += 1;
  }

  begin(now: number): void {
    this.#unbegun -= 1;
    if (this.#limits.rate !== undefined) this.#begun.push(now);
  }

  giveBack(hasBegun: boolean): void {
    this.#taken -= 1;
    if (!hasBegun) this.#unbegun -= 1;
  }

  /** Whether it can be forgotten, because it would be the same if it were made anew. */
  isEmpty(now: number): boolean {
    return this.#taken === 0 && this.waiting.size === 0 && this.called.size === 0 && this.#countBegun(now) === 0;
  }

  /** How many attempts of the window that ends now have begun. */
  #countBegun(now: number): number {
    const { rate } = this.#limits;
    if (rate === undefined) return 0;
    // A clock that was set back must not hold anything up for longer than a window.
    for (let index = this.#begun.length - 1; index >= this.#first && this.#begun[index]! > now; index -= 1) this.#begun[index] = now;
    while (this.#first < this.#begun.length && this.#begun[this.#first]! <= now - rate.windowMs) this.#first += 1;
    if (this.#first > this.#begun.length / 2) {
      this.#begun = this.#begun.slice(this.#first);
      this.#first = 0;
    }
    return this.#begun.length - this.#first;
  }
}
