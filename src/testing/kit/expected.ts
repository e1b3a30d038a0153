import type { CommandOptions } from "../../definition/model/command.ts";
import { type StateValue, statuses } from "../../definition/model/instance.ts";
import type { Timer } from "../../record/timer.ts";
import type { CommandName } from "../../definition/types/register.ts";
import { type Duration, formatDuration, parseDuration } from "../../platform/duration.ts";
import { expectOption, refuseUnknownKeys } from "../../platform/options.ts";
import { type TimerKind, timerKinds } from "../../store/timers.ts";
import type { DispatchedCommand } from "./command-log.ts";
import { formatJson, isEqualJson } from "./equal-json.ts";

/** A command as a test expects it. Fields that are left out may have any value. */
export interface ExpectedCommand {
  readonly type: CommandName;
  readonly aggregateId?: string;
  /** The whole payload. It may hold asymmetric matchers, such as `expect.any(String)` or `expect.objectContaining({ … })`. */
  readonly payload?: unknown;
  /** The delay as the handler writes it; `0` means at once. */
  readonly delay?: Duration | (string & {}) | Date;
  readonly key?: string;
  /** `own`: it runs beside the others of its instance, because the handler or the command's file says so. */
  readonly lane?: "own";
}

/** A timer as a test expects it. Fields that are left out may have any value. */
export interface ExpectedTimer {
  readonly kind: TimerKind;
  /** The name of the command that is due. */
  readonly command?: string;
  /** Which timer of the chart, for `after`: `awaitingPayment after 3d`. */
  readonly name?: string;
  /** How long from now. */
  readonly in?: Duration | (string & {});
  readonly at?: Date;
}

/** Refuses unknown fields, because a misspelt field would match everything. @throws ProcessError `CONFIG_INVALID` */
export function checkExpectedCommand(expected: ExpectedCommand, what: string): void {
  refuseUnknownKeys(expected, what, ["type", "aggregateId", "payload", "delay", "key", "lane"]);
}

/** @throws ProcessError `CONFIG_INVALID` */
export function checkExpectedTimer(expected: ExpectedTimer, what: string, more: readonly string[] = []): void {
  refuseUnknownKeys(expected, what, ["kind", "command", "name", "in", "at", ...more]);
  expectOption(timerKinds.includes(expected.kind), `${what}: kind`, expected.kind, timerKinds.join(", "));
  expectOption(expected.at === undefined || expected.at instanceof Date, `${what}: at`, expected.at, "a Date");
}

/** @throws ProcessError `CONFIG_INVALID` */
export function checkStatus(status: unknown, what: string, more: readonly string[] = []): void {
  const known: readonly unknown[] = [...statuses, ...more];
  expectOption(known.includes(status), `${what}: status`, status, known.join(", "));
}

/** @throws ProcessError `CONFIG_INVALID` */
export function checkExpectedContext(context: unknown, what: string): void {
  const isObject = typeof context === "object" && context !== null && !Array.isArray(context);
  expectOption(isObject, what, context, "an object of keys and values");
}

/** @throws ProcessError `CONFIG_INVALID` */
export function checkExpectedOutcome(outcome: unknown, what: string): void {
  expectOption(typeof outcome === "string" || outcome === null, what, outcome, "a text, or null for none");
}

type Context = Readonly<Record<string, unknown>>;

/** Whether the context has the expected keys with their values. An expected `undefined` means that the context does not have the key. */
export function matchesContext(actual: Context | undefined, expected: Context): boolean {
  return actual !== undefined && Object.entries(expected).every(([key, value]) => isEqualJson(ownValue(actual, key), value));
}

/** A context as a person reads it, a key in a line; with `only`, the keys of that. */
export function formatContext(context: Context | undefined, only: Context | undefined = context): readonly string[] {
  if (context === undefined) return ["none: the process has no context, or the aggregate no instance"];
  return Object.keys(only ?? {}).map((key) => `${key}: ${formatJson(ownValue(context, key)) || "not there"}`);
}

function ownValue(context: Context, key: string): unknown {
  return Object.hasOwn(context, key) ? context[key] : undefined;
}

export function matchesCommand(actual: DispatchedCommand, { type, aggregateId, payload, delay, key, lane }: ExpectedCommand): boolean {
  return (
    actual.type === type &&
    (aggregateId === undefined || actual.aggregateId === aggregateId) &&
    (payload === undefined || isEqualJson(actual.payload, payload)) &&
    (delay === undefined || hasDelay(actual, delay)) &&
    (key === undefined || actual.key === key) &&
    (lane === undefined || actual.lane === lane)
  );
}

export function matchesTimer(actual: Timer, expected: ExpectedTimer, now: number): boolean {
  return (
    actual.kind === expected.kind &&
    (expected.command === undefined || actual.command === expected.command) &&
    (expected.name === undefined || actual.name === expected.name) &&
    (expected.in === undefined || actual.dueAt.getTime() === now + parseDuration(expected.in, "timer: in")) &&
    (expected.at === undefined || actual.dueAt.getTime() === expected.at.getTime())
  );
}

function hasDelay(actual: DispatchedCommand, delay: NonNullable<ExpectedCommand["delay"]>): boolean {
  if (delay instanceof Date) return actual.dueAt.getTime() === delay.getTime();
  return delayMs(actual) === parseDuration(delay, "command: delay");
}

function delayMs({ delay, dispatchedAt, dueAt }: DispatchedCommand): number {
  return delay instanceof Date ? dueAt.getTime() - dispatchedAt.getTime() : parseDuration(delay ?? 0, "command: delay");
}

/** A command as a person reads it: `packOrder for o-1 in 5m {"express":true}`. */
export function formatCommand(command: DispatchedCommand): string {
  const { type, aggregateId, payload, delay } = command;
  const facts = [type, `for ${aggregateId}`, delay !== undefined && formatDelay(delay), ...formatNames(command), formatPayload(payload)];
  return facts.filter(Boolean).join(" ");
}

function formatNames({ key, lane }: { readonly key?: string | undefined; readonly lane?: "own" | undefined }) {
  return [key !== undefined && `as ${JSON.stringify(key)}`, lane !== undefined && "in a lane of its own"];
}

export function formatExpectedCommand({ type, aggregateId, payload, delay, ...names }: ExpectedCommand): string {
  return [
    type,
    aggregateId !== undefined && `for ${aggregateId}`,
    delay !== undefined && formatDelay(delay),
    ...formatNames(names),
    payload !== undefined && (formatPayload(payload) || "{}"),
  ]
    .filter(Boolean)
    .join(" ");
}

function formatDelay(delay: NonNullable<CommandOptions["delay"]>): string {
  return delay instanceof Date ? `at ${delay.toISOString()}` : `in ${typeof delay === "number" ? formatDuration(delay) : delay}`;
}

/** A payload as text, or nothing if it is empty. */
export function formatPayload(payload: unknown): string {
  const text = formatJson(payload);
  return text === "{}" ? "" : text;
}

/** A state as a person reads it: `waiting`, `{"waiting":{"card":"missing"}}`. */
export function formatState(state: StateValue | undefined): string {
  if (state === undefined) return "none: the process has no chart of its own, or the aggregate no instance";
  return typeof state === "string" ? state : JSON.stringify(state);
}

/** A timer as a person reads it: `command packOrder in 5m`. */
export function formatTimer({ kind, command, name, dueAt }: Timer, now: number): string {
  const away = dueAt.getTime() - now;
  const when = away < 0 ? `${formatDuration(-away)} ago` : `in ${formatDuration(away)}`;
  return [kind, command ?? name, when].filter(Boolean).join(" ");
}

export function formatExpectedTimer({ kind, command, name, in: span, at }: ExpectedTimer): string {
  return [kind, command ?? name, span !== undefined && formatDelay(span), at && formatDelay(at)].filter(Boolean).join(" ");
}
