import type { Attributes, BatchObservableCallback, Counter, Histogram, Meter, ObservableGauge } from "@opentelemetry/api";
import { steadyClock } from "../platform/clock.ts";
import { describeKind } from "./attributes.ts";
import type { Figures, Span, SpanEnding, Telemetry, TracedAttempt } from "../runtime/trace/telemetry.ts";

export interface Metrics extends Pick<Telemetry, "countLetters" | "observe"> {
  /** `span`, whose end is counted and timed. */
  measure(span: Span, attempt: TracedAttempt): Span;
}

// A handler takes milliseconds, and may take an hour.
const BOUNDARIES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200];

/** `meter` is asked when the first figure is to be told, because the program's SDK may be registered after telemetry was made. */
export function createMetrics(meter: () => Meter): Metrics {
  let made: Instruments | undefined;
  const instruments = () => (made ??= createInstruments(meter()));
  return {
    measure: (span, attempt) => {
      const { lagMs } = attempt;
      const kind = describeKind(attempt);
      if (lagMs !== undefined) instruments().lag.record(lagMs / 1_000, kind);
      return new MeasuredSpan(span, kind, instruments());
    },
    countLetters: (letters) => {
      for (const { process, kind } of letters) {
        instruments().letters.add(1, { ...(process !== "" && { "perdure.process.name": process }), "perdure.letter.kind": kind });
      }
    },
    observe: (read) => observeFigures(meter(), read),
  };
}

interface Instruments {
  readonly attempts: Counter;
  readonly duration: Histogram;
  readonly lag: Histogram;
  readonly letters: Counter;
}

function createInstruments(meter: Meter): Instruments {
  const seconds = (description: string) => ({ description, unit: "s", advice: { explicitBucketBoundaries: BOUNDARIES } });
  return {
    attempts: meter.createCounter("perdure.attempts", {
      description: "Attempts at steps, commands and policies.",
      unit: "{attempt}",
    }),
    duration: meter.createHistogram("perdure.attempt.duration", seconds("How long attempts take, until what came of them is committed.")),
    lag: meter.createHistogram("perdure.attempt.lag", seconds("How long after its moment a first attempt begins.")),
    letters: meter.createCounter("perdure.dead_letters.written", { description: "Dead letters that were written.", unit: "{letter}" }),
  };
}

class MeasuredSpan implements Span {
  readonly traceparent: string | undefined;
  readonly #span: Span;
  readonly #kind: Attributes;
  readonly #instruments: Instruments;
  readonly #begun = steadyClock.now();
  #hasEnded = false;

  constructor(span: Span, kind: Attributes, instruments: Instruments) {
    this.traceparent = span.traceparent;
    this.#span = span;
    this.#kind = kind;
    this.#instruments = instruments;
  }

  run<Result>(task: () => Result): Result {
    return this.#span.run(task);
  }

  end(ending: SpanEnding): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const attributes = { ...this.#kind, ...(ending.outcome !== undefined && { "perdure.outcome": ending.outcome }) };
    // The exemplars of an SDK name the span that is active.
    this.#span.run(() => {
      this.#instruments.attempts.add(1, attributes);
      this.#instruments.duration.record((steadyClock.now() - this.#begun) / 1_000, attributes);
    });
    this.#span.end(ending);
  }
}

/** All figures are read once for each collection. */
function observeFigures(meter: Meter, read: () => Promise<Figures | undefined>): () => void {
  const options = (description: string, unit: string) => ({ description, unit });
  const accepted = meter.createObservableCounter(
    "perdure.events.accepted",
    options("Events accepted since the store was made.", "{event}"),
  );
  const handled = meter.createObservableCounter(
    "perdure.events.handled",
    options("Accepted events that wait for no instance any more.", "{event}"),
  );
  const gauge = (name: string, description: string, unit: string): ObservableGauge =>
    meter.createObservableGauge(name, options(description, unit));
  const waiting = gauge("perdure.events.waiting", "Mailbox entries that wait for their turn or for another attempt.", "{entry}");
  const oldest = gauge("perdure.events.oldest_waiting", "How long the oldest mailbox entry has been waiting.", "s");
  const letters = gauge("perdure.dead_letters.open", "Open dead letters.", "{letter}");
  const instances = gauge("perdure.instances", "Instances by process and status.", "{instance}");
  const all = [accepted, handled, waiting, oldest, letters, instances];
  const tell: BatchObservableCallback = async (result) => {
    const figures = await read();
    if (figures === undefined) return;
    result.observe(accepted, figures.accepted);
    result.observe(handled, figures.handled);
    result.observe(waiting, figures.waiting);
    result.observe(oldest, figures.oldestWaitingMs / 1_000);
    result.observe(letters, figures.deadLetters);
    for (const [process, statuses] of Object.entries(figures.instances)) {
      for (const [status, count] of Object.entries(statuses)) {
        result.observe(instances, count, { "perdure.process.name": process, "perdure.status": status });
      }
    }
  };
  meter.addBatchObservableCallback(tell, all);
  return () => meter.removeBatchObservableCallback(tell, all);
}
