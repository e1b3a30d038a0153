import { useEffect, useRef } from "preact/hooks";
import type { WireEntry } from "../../wire.ts";
import { JsonBlock } from "../parts/bits.tsx";
import { ErrorBlock } from "../parts/error-block.tsx";
import { Moment } from "../parts/time.tsx";

export interface TimelineProps {
  readonly journal: readonly WireEntry[];
  /** Which entry the chart shows. */
  readonly at: number;
  readonly onStep: (index: number) => void;
}

/** The journal, oldest first. Arrow keys step through it. */
export function Timeline({ journal, at, onStep }: TimelineProps) {
  const list = useRef<HTMLOListElement>(null);
  const isByKey = useRef(false);
  useEffect(() => {
    if (!isByKey.current) return;
    isByKey.current = false;
    list.current?.querySelector<HTMLElement>("[aria-current] > button")?.focus();
  }, [at]);
  return (
    <ol
      class="timeline"
      ref={list}
      onKeyDown={(event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        isByKey.current = true;
        onStep(Math.max(0, Math.min(journal.length - 1, at + step)));
      }}
    >
      {journal.map((entry, index) => (
        <li key={index} class={toneOf(entry)} {...(index === at && { "aria-current": "step" })}>
          <button type="button" onClick={() => onStep(index)}>
            <span class="when">
              <Moment at={entry.at} />
            </span>
            <span>
              <b>{entry.kind.replaceAll("_", " ")}</b> {describe(entry)}
            </span>
          </button>
          {index === at && <Details entry={entry} />}
        </li>
      ))}
    </ol>
  );
}

function toneOf({ kind }: WireEntry): string {
  if (kind === "failed" || kind === "step_failed" || kind === "command_failed" || kind === "discarded") return "bad";
  if (kind === "attempt_failed" || kind === "command_attempt_failed" || kind === "timed_out") return "warn";
  return kind === "completed" ? "good" : "";
}

function describe({ event, command, handler, timer, attempt, outcome, by }: WireEntry): string {
  const subject = event?.type ?? command?.type ?? timer ?? handler ?? "";
  const parts = [
    subject,
    attempt !== undefined && attempt > 1 && `attempt ${attempt}`,
    outcome !== undefined && `as ${outcome}`,
    by !== undefined && `by ${by}`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** What only the entry that is looked at shows. */
function Details({ entry }: { readonly entry: WireEntry }) {
  const { handler, commands, events, withdrawn, dropped, reason, retryAt, context, contextWithout, error } = entry;
  const lists = [
    ["dispatched", commands?.map(({ type }) => type)],
    ["returned", events],
    ["withdrew", withdrawn],
    ["dropped", dropped],
    ["took from the context", contextWithout],
  ] as const;
  return (
    <div class="details">
      {handler !== undefined && <p>Handler: {handler}</p>}
      {lists.map(
        ([what, names]) =>
          names !== undefined &&
          names.length > 0 && (
            <p key={what}>
              It {what} {names.join(", ")}.
            </p>
          ),
      )}
      {reason !== undefined && <p>Reason: {reason}</p>}
      {retryAt !== undefined && (
        <p>
          Another attempt at <Moment at={retryAt} />.
        </p>
      )}
      {context !== undefined && (
        <>
          <p>{entry.kind === "started" ? "The context it began with:" : "It changed of the context:"}</p>
          <JsonBlock json={context} label="What changed of the context" />
        </>
      )}
      {error !== undefined && <ErrorBlock error={error} />}
    </div>
  );
}
