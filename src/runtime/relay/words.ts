import { type Acceptance, countAcceptances } from "../commit/accept.ts";
import type { EventRoutes } from "../decide/router.ts";
import type { RouteRecord } from "../../store/routes.ts";
import type { NewEvent } from "../../store/events.ts";

/** What an OS process and the worker say to each other. A change of any of it, or of how it is sent, is another protocol. */
export const PROTOCOL = 1;

/** Who speaks. Events are relayed only if both say the same, because each version may mean something else by an event. */
export interface Hello {
  readonly kind: "hello";
  readonly protocol: number;
  /** Of this package. */
  readonly version: string;
  readonly schema: number;
  /** Which file this OS process has open, whatever its path is. */
  readonly file: string;
}

/** The worker takes events. `clock` is its steady clock. */
export interface Welcome {
  readonly kind: "welcome";
  readonly routes: readonly RouteRecord[];
  readonly clock: number;
}

export interface Refusal {
  readonly kind: "refused";
  readonly why: string;
}

/** Events to accept, a call for each `dispatch`, in order. */
export interface Calls {
  readonly kind: "accept";
  readonly calls: readonly RelayedCall[];
}

export interface RelayedCall {
  /** Counted from 1 in each connection. */
  readonly id: number;
  /** By the worker's clock: from then on the events must not be accepted, because whoever has sent them accepts them itself. */
  readonly until: number;
  readonly events: readonly RelayedEvent[];
}

/** An event with where it goes by the definitions of whoever was given it, and of the worker. */
export interface RelayedEvent extends NewEvent {
  readonly routes: EventRoutes;
}

/** Calls whose events are durable. */
export interface Answers {
  readonly kind: "accepted";
  readonly answers: readonly (readonly [id: number, told: readonly ToldAcceptance[]])[];
}

/** What became of one event: its outcome, how many mailboxes it went to, and 1 if no process knows its type. */
export type ToldAcceptance = readonly [outcome: Acceptance["receipt"]["outcome"], mailboxes: number, isUnknown: 0 | 1];

/** Why two who say this cannot understand each other; `undefined` if they can. */
export function findDifference(hello: Hello, own: Hello): string | undefined {
  if (hello.file !== own.file) return "it has another file open";
  const names = ["protocol", "version", "schema"] as const;
  const other = names.find((name) => hello[name] !== own[name]);
  return other === undefined ? undefined : `its ${other} is ${String(own[other])}, and not ${String(hello[other])}`;
}

export function tell(acceptances: readonly Acceptance[]): readonly ToldAcceptance[] {
  return acceptances.map(({ receipt, mailboxes, unknownType }) => [receipt.outcome, mailboxes.length, unknownType === undefined ? 0 : 1]);
}

/** What was told of events, as listeners to commits want it, and as the acceptances that it was told of. */
export function hear(events: readonly NewEvent[], told: readonly ToldAcceptance[]) {
  let waiting = 0;
  const acceptances = events.map(({ eventId, type }, index): Acceptance => {
    const [outcome, mailboxes, isUnknown] = told[index]!;
    waiting += mailboxes;
    return { receipt: { eventId, outcome }, mailboxes: [], ...(isUnknown === 1 && { unknownType: type }) };
  });
  return { acceptances, sums: { ...countAcceptances(acceptances), waiting } };
}

/** Whether a message of somebody else's is of a kind. Whoever says so is of the same version, so that the rest is as it should be. */
export function isOfKind<Kind extends string>(message: unknown, kind: Kind): message is { readonly kind: Kind } {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === kind;
}

/** Events of at most this weight are relayed in one call. More are accepted by the OS process that was given them. */
export const HEAVIEST_CALL = 1_000;

const CHARACTERS_OF_ONE = 1_000;

/** What events cost those who relay and accept them: one for each, and one for each thousand characters of payload. */
export function weigh(events: readonly NewEvent[]): number {
  let characters = 0;
  for (const { payload } of events) characters += payload.length;
  return events.length + Math.floor(characters / CHARACTERS_OF_ONE);
}
