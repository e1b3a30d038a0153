import type { Link, Span as ApiSpan, TextMapGetter, Tracer } from "@opentelemetry/api";
import { readTraceparent, writeTraceparent } from "../platform/traceparent.ts";
import { recordError } from "../record/error-record.ts";
import type { Span, SpanEnding, Telemetry, TracedAttempt } from "../runtime/trace/telemetry.ts";
import { describeAcceptance, describeAttempt, nameAcceptance, nameAttempt } from "./attributes.ts";
import type { Api } from "./load-api.ts";

export function createSpans(api: Api, tracer: () => Tracer): Pick<Telemetry, "beginAcceptance" | "beginAttempt" | "within"> {
  const { context, propagation, ROOT_CONTEXT, SpanKind, trace } = api;
  return {
    beginAcceptance: (accepted) => {
      const parent = context.active();
      const options = { kind: SpanKind.PRODUCER, attributes: describeAcceptance(accepted) };
      return new OwnSpan(api, tracer().startSpan(nameAcceptance(accepted), options, parent), parent);
    },
    beginAttempt: (attempt) => {
      const options = { root: true, kind: SpanKind.CONSUMER, attributes: describeAttempt(attempt), links: linkCause(attempt) };
      return new OwnSpan(api, tracer().startSpan(nameAttempt(attempt), options, ROOT_CONTEXT), ROOT_CONTEXT);
    },
    within: (headers, task) => {
      if (trace.getActiveSpan() !== undefined) return task();
      return context.with(propagation.extract(context.active(), headers, headerGetter), task);
    },
  };
}

const headerGetter: TextMapGetter<Headers> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: (headers) => [...headers.keys()],
};

/** The span in which the event was accepted, or the command dispatched. */
function linkCause(attempt: TracedAttempt): Link[] {
  const cause = readTraceparent(attempt.kind === "step" ? attempt.event.traceparent : attempt.command.traceparent);
  if (cause === undefined) return [];
  const { traceId, spanId, flags } = cause;
  return [{ context: { traceId, spanId, traceFlags: flags, isRemote: true } }];
}

class OwnSpan implements Span {
  readonly traceparent: string | undefined;
  readonly #api: Api;
  readonly #span: ApiSpan;
  readonly #context: ReturnType<Api["context"]["active"]>;
  #hasEnded = false;

  /** `below` is the context that the span was begun in. */
  constructor(api: Api, span: ApiSpan, below: ReturnType<Api["context"]["active"]>) {
    const { traceId, spanId, traceFlags: flags } = span.spanContext();
    this.#api = api;
    this.#span = span;
    this.#context = api.trace.setSpan(below, span);
    this.traceparent = api.isSpanContextValid(span.spanContext()) ? writeTraceparent({ traceId, spanId, flags }) : undefined;
  }

  run<Result>(task: () => Result): Result {
    return this.#api.context.with(this.#context, task);
  }

  end(ending: SpanEnding): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (ending.outcome !== undefined) this.#span.setAttribute("perdure.outcome", ending.outcome);
    if ("error" in ending) this.#fail(ending.error);
    this.#span.end();
  }

  /** Whatever was thrown is read as for the journal, because a getter of it may throw. */
  #fail(error: unknown): void {
    const { name, message, stack, code = name } = recordError(error);
    this.#span.setAttribute("error.type", String(code));
    this.#span.recordException({ name, message, ...(stack !== undefined && { stack }) });
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message });
  }
}
