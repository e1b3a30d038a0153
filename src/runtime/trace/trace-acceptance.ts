import type { NewCommand } from "../../store/commands.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Accepted, Span, SpanOutcome, Telemetry } from "./telemetry.ts";

type Accept<Given, Result> = (given: Given, areNew?: boolean) => Promise<Result>;

/** Accepts events in a span, which is stored with them. Without telemetry it is `accept` itself. */
export function traceEvents<Result>(
  accept: Accept<readonly NewEvent[], readonly Result[]>,
  telemetry: Telemetry | undefined,
  outcomeOf: (result: Result) => SpanOutcome,
): Accept<readonly NewEvent[], readonly Result[]> {
  if (telemetry === undefined) return accept;
  return async (events) => {
    const span = telemetry.beginAcceptance({ operation: "dispatch", events });
    return endWith(
      span,
      span.run(() => accept(withSpan(events, span))),
      (results) => tellOutcome(results.map(outcomeOf)),
    );
  };
}

/** Accepts a command from outside in a span, which is stored with it. Without telemetry it is `accept` itself. */
export function traceCommand<Result extends { readonly outcome: SpanOutcome }>(
  accept: Accept<NewCommand, Result>,
  telemetry: Telemetry | undefined,
): Accept<NewCommand, Result> {
  if (telemetry === undefined) return accept;
  return async (command) => {
    const span = telemetry.beginAcceptance({ operation: "dispatch", command });
    const [traced] = withSpan([command], span);
    return endWith(
      span,
      span.run(() => accept(traced!)),
      ({ outcome }) => outcome,
    );
  };
}

/** Stores events at once in a span, which is stored with them. */
export function traceNow(
  accepted: Extract<Accepted, { readonly events: unknown }>,
  telemetry: Telemetry,
  store: (events: readonly NewEvent[]) => void,
): void {
  const span = telemetry.beginAcceptance(accepted);
  try {
    span.run(() => store(withSpan(accepted.events, span)));
    span.end({});
  } catch (error) {
    span.end({ outcome: "refused", error });
    throw error;
  }
}

function withSpan<Stored extends object>(given: readonly Stored[], { traceparent }: Span): readonly Stored[] {
  return traceparent === undefined ? given : given.map((each) => ({ ...each, traceparent }));
}

async function endWith<Result>(
  span: Span,
  accepted: Promise<Result>,
  outcomeOf: (result: Result) => SpanOutcome | undefined,
): Promise<Result> {
  try {
    const result = await accepted;
    span.end({ outcome: outcomeOf(result) });
    return result;
  } catch (error) {
    span.end({ outcome: "refused", error });
    throw error;
  }
}

/** The outcome that all have in common. */
function tellOutcome(outcomes: readonly SpanOutcome[]): SpanOutcome | undefined {
  return new Set(outcomes).size === 1 ? outcomes[0] : undefined;
}
