export { createProcessSystem } from "./system/create-process-system.ts";
export { openDeadLetters } from "./system/open-dead-letters.ts";
export type { DeadLetterBox } from "./system/open-dead-letters.ts";
export type { KnownEvent, ProcessSystem } from "./system/process-system.ts";
export { compileProcess } from "./system/compile-process.ts";
export type { CompileProcessOptions } from "./system/compile-process.ts";
export { drawDomain } from "./system/draw-domain.ts";
export type { DrawDomainOptions } from "./system/draw-domain.ts";
export type { PictureFormat } from "./graph/picture-format.ts";
export { defineConfig } from "./config.ts";
export type { SqliteDatabase, StoreAdapter, StoreOptions } from "./system/store-options.ts";
export type { RestateHostOptions } from "./system/host-options.ts";
export type { ProcessSystemOptions } from "./system/system-options.ts";
export { errorCodes, NonRetryableError, ProcessError } from "./errors.ts";
export { RetryLaterError } from "./definition/model/retry-later-error.ts";
export type { ErrorCode, ProcessErrorOptions } from "./errors.ts";

export type { ImportModule } from "./definition/read/import-module.ts";
export type { ActionHandlerArgs, ChartContext, ChartMachine, ChartOwnEvent, MachineOf } from "./definition/types/chart-types.ts";
export type { ChartProcessOptions } from "./definition/types/chart-options.ts";
export type { ChartConfigFunction, ConfigFunction } from "./definition/types/config-function.ts";
export type { ContextOutput, Patch, PatchProblem } from "./definition/types/context-type.ts";
export type { CorrelateOption } from "./definition/types/correlate-option.ts";
export type { Correlated } from "./definition/model/correlate.ts";
export { definePolicy } from "./definition/define-policy.ts";
export { defineProcess } from "./definition/define-process.ts";
export { defineSchedule } from "./definition/define-schedule.ts";
export type { KnownScheduledEvent, NamedScheduleOptions, ScheduleOptions } from "./definition/types/schedule-options.ts";
export type { Missed, ScheduleDefinition, ScheduledEvent } from "./definition/model/schedule.ts";
export type { PolicyArgs } from "./definition/types/policy-types.ts";
export type { PolicyOptions } from "./definition/types/policy-options.ts";
export type { ProcessOptions } from "./definition/types/process-options.ts";
export type { ProcessDefinition } from "./definition/model/definition.ts";
export type { PolicyDefinition } from "./definition/model/policy.ts";
export type { RetryOptions, RetryStrategy } from "./definition/model/attempt-settings.ts";
export type { CommandLimitOptions } from "./definition/model/command-limits.ts";
export type { CommandInCode, CommandOption } from "./definition/model/command-option.ts";
export type { EventOption, EventOptions } from "./definition/model/event-option.ts";
export type { DispatchedEvent } from "./definition/model/dispatched-event.ts";
export type { Diagnostic } from "./definition/report/diagnostic.ts";
export type {
  Command,
  CommandMetadata,
  CommandOptions,
  CommandReceipt,
  Commands,
  DispatchCommand,
  DispatchOutside,
  MoreCommandOptions,
  StagedCommand,
} from "./definition/model/command.ts";
export type { ProcessEvent } from "./definition/model/event.ts";
export type { CommandHandlerArgs, HandlerArgs, PolicyHandlerArgs, TransactionHandlerArgs } from "./definition/model/handler.ts";
export type { CancelledPayload, ErrorRecord, FailedCommand, FailedPayload, TimedOutPayload } from "./definition/model/own-payloads.ts";
export type { InstanceOutcome, InstanceVerbs, MoveTimeoutOptions } from "./observe/instance-verbs.ts";
export type { ActingInstance, ProcessInstance, ProcessTimeout, StateValue, Status, Suspension } from "./definition/model/instance.ts";
export type {
  CommandCall,
  HandlerReturnsNoEvents,
  HandlerReturnsPromise,
  KnownCommands,
  OutsideCommands,
} from "./definition/types/known-commands.ts";
export type { PolicySource } from "./definition/policy-source.ts";
export type { ProcessSource } from "./definition/process-source.ts";
export type { PayloadInput, PayloadOutput } from "./definition/types/payload-type.ts";
export type { CommandName, ProcessName, Register, RegisterInCode, WithCode } from "./definition/types/register.ts";
export type {
  ArgsOf,
  CommandHandler,
  CommandOutput,
  HandlerOf,
  InvocableHandler,
  InvocableTransactionHandler,
  ReturnedEvent,
  ReturnedEvents,
  TransactionHandler,
} from "./definition/model/returned-events.ts";
export type { HandlerDatabase, HandlerStatement } from "./definition/model/handler-database.ts";
export type { StandardSchema } from "./definition/model/standard-schema.ts";
export type { Migration, MigrationArgs, MigrationResult } from "./definition/model/migration.ts";
export type { UndeclaredEvent } from "./definition/types/undeclared-event.ts";

export type { Telemetry } from "./runtime/trace/telemetry.ts";
export type { Inspect } from "./machine/inspected-actor.ts";

export type { Receipt } from "./runtime/commit/accept.ts";
export type { WaitingEvent } from "./record/waiting-event.ts";
export type { JournalEntry, JournalKind } from "./record/journal-entry.ts";
export type { LimitsOptions, ProcessesOptions, RetentionOptions } from "./runtime/check/settings.ts";

export type { RuntimeState } from "./runtime/lifecycle.ts";

export type { DeadLetter } from "./record/dead-letter.ts";
export type { ScheduleState } from "./record/schedule.ts";
export type { Timer } from "./record/timer.ts";
export type { BulkOutcome, DeadLetterBulkFilter, DeadLetterListFilter, DeadLetters } from "./observe/dead-letters.ts";
export type { DefinitionChange } from "./observe/definition-changes.ts";
export type { Health, HealthOptions } from "./observe/health.ts";
export type { Lag } from "./observe/lag.ts";
export type { Overview, OverviewContext } from "./observe/overview.ts";
export type { Page } from "./observe/page.ts";
export type { EraseOptions } from "./observe/erase.ts";
export type { Erased } from "./runtime/commit/erase.ts";
export type { EraseHindrance } from "./runtime/decide/decide-erasure.ts";
export type { Processes, ProcessFilter, StateCount } from "./observe/processes.ts";
export type { CommittedStep } from "./observe/step-feed.ts";
export type { RescheduleOptions, Scheduled, ScheduledListFilter } from "./observe/scheduled.ts";
export type { ScheduledCommand } from "./record/scheduled-command.ts";
export type { RunScheduleOptions, Schedules } from "./observe/schedules.ts";
export type { Timers } from "./observe/timers.ts";

export type { InboxRow } from "./store/inbox.ts";
export type { StorageSize } from "./store/retention.ts";

export type { Clock } from "./platform/clock.ts";
export { type Duration, durations } from "./platform/duration.ts";
export type { Logger } from "./platform/logger.ts";
