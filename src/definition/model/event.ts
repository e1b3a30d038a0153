/** A fact that was dispatched, as handlers see it. */
export interface ProcessEvent<Payload = unknown, Type extends string = string> {
  readonly eventId: string;
  readonly type: Type;
  readonly aggregateId: string;
  readonly payload: Payload;
  readonly occurredAt: Date;
  readonly correlationId: string | undefined;
  readonly causationId: string | undefined;
}
