import { useState } from "preact/hooks";
import type { InstanceAnswer } from "../../wire.ts";
import { addressOf } from "../parts/api.ts";
import { Count, Empty, Facts, Failure, JsonBlock, Loading, ProcessLink, StatusMark } from "../parts/bits.tsx";
import { Picture } from "../parts/picture.tsx";
import { toHash } from "../parts/route.ts";
import { useBeat } from "../parts/session.ts";
import { Distance, Moment } from "../parts/time.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import { Verb } from "../parts/verb.tsx";
import { InstanceVerbs } from "./instance-verbs.tsx";
import { Timeline } from "./timeline.tsx";

/** One instance on its chart. */
export function InstanceView({ id }: { readonly id: string }) {
  const { answer, error, reload } = useAnswer<InstanceAnswer>(addressOf("instance", { id }), useBeat());
  if (answer === undefined) {
    return (
      <>
        <h1>Instance</h1>
        {error === undefined ? <Loading /> : <Failure error={error} />}
      </>
    );
  }
  return (
    <>
      <Failure error={error} />
      <Instance key={id} {...answer} reload={reload} />
    </>
  );
}

function Instance(props: InstanceAnswer & { readonly reload: () => void }) {
  const { instance, reload } = props;
  const { journal, stepAt, setStep, fresh, isLatest, showAll } = useSteps(props);
  const entry = journal[stepAt];
  const stand = isLatest || entry === undefined ? props.journal.at(-1) : entry;
  const state = stand?.state === undefined ? undefined : JSON.stringify(stand.state);
  const address = addressOf("chart", { process: instance.process, status: isLatest ? instance.status : stand?.status, state });
  const { context } = instance;
  return (
    <>
      <h1>
        {instance.aggregateId} <StatusMark status={instance.status} />{" "}
        {instance.suspended !== undefined && <StatusMark status="suspended" />}
      </h1>
      <InstanceFacts instance={instance} />
      <InstanceVerbs instance={instance} onDone={reload} />
      <div class="instance">
        <section class="chart">
          <Picture address={address} label={`The chart of ${instance.process}, where ${instance.aggregateId} stands`} />
          <p class="quiet">{isLatest ? "Where it stands now." : "Where it stood after the step that is marked."}</p>
          {context !== undefined && (
            <>
              <h2>Context now</h2>
              <JsonBlock json={context} label="The context" />
            </>
          )}
        </section>
        <section>
          <h2>Journal</h2>
          {props.journalLength > props.journal.length && (
            <p class="quiet">
              The last {props.journal.length.toLocaleString()} of {props.journalLength.toLocaleString()} entries.
            </p>
          )}
          {journal.length === 0 && <Empty>Its journal was pruned.</Empty>}
          <Timeline journal={journal} at={stepAt} onStep={setStep} />
          <p class="fresh" aria-live="polite">
            {fresh > 0 && (
              <button type="button" onClick={showAll}>
                {fresh} new: show {fresh === 1 ? "it" : "them"}
              </button>
            )}
          </p>
        </section>
      </div>
      <Letters letters={props.letters} />
      <Waiting waiting={props.waiting} instance={instance} />
      <Due timers={props.timers} commands={props.commands} reload={reload} />
    </>
  );
}

/** What of the journal is shown, and where one stands in it. What comes later is held back until one asks for it. */
function useSteps({ journal: now, journalLength }: InstanceAnswer) {
  const [shownLength, setShownLength] = useState(journalLength);
  const [step, setStep] = useState<number>();
  const fresh = Math.max(0, journalLength - shownLength);
  const journal = now.slice(0, Math.max(0, now.length - fresh));
  const last = journal.length - 1;
  const stepAt = step === undefined ? last : Math.min(step, last);
  return {
    journal,
    stepAt,
    setStep: (index: number) => setStep(index === last ? undefined : index),
    fresh,
    isLatest: stepAt === last,
    showAll: () => {
      setShownLength(journalLength);
      setStep(undefined);
    },
  };
}

function InstanceFacts({ instance }: Pick<InstanceAnswer, "instance">) {
  const { processId, process, state, outcome, startedAt, updatedAt, endedAt, dueAt, suspended, version } = instance;
  const moment = (at: string | undefined) =>
    at === undefined ? undefined : (
      <>
        <Moment at={at} /> <span class="quiet">{<Distance at={at} />}</span>
      </>
    );
  return (
    <Facts
      facts={[
        ["process", <ProcessLink process={process} />],
        ["process id", <code>{processId}</code>],
        ["state", state],
        ["outcome", outcome],
        ["started", moment(startedAt)],
        ["updated", moment(updatedAt)],
        ["ended", moment(endedAt)],
        ["times out", moment(dueAt)],
        ["suspended", moment(suspended?.at)],
        ["suspended by", suspended?.by],
        ["because", suspended?.reason],
        ["version", version > 1 ? version : undefined],
      ]}
    />
  );
}

function Letters({ letters }: Pick<InstanceAnswer, "letters">) {
  if (letters.length === 0) return null;
  return (
    <section>
      <h2>Dead letters</h2>
      <ul class="rows">
        {letters.map(({ id, handler, errorMessage, status, lastFailedAt }) => (
          <li key={id}>
            <span class="when">
              <Moment at={lastFailedAt} />
            </span>
            <span>
              <a href={toHash({ view: "letter", id })}>{handler}</a> {errorMessage} <span class="quiet">{status}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The events that it has not handled, in the order in which it will. */
function Waiting({ waiting, instance: { status, suspended } }: Pick<InstanceAnswer, "waiting" | "instance">) {
  if (waiting.length === 0) return null;
  const why = status === "failed" ? "behind its dead letter" : suspended === undefined ? "for their turn" : "until it is resumed";
  return (
    <section>
      <h2>{status === "failed" || suspended !== undefined ? "Parked events" : "Waiting events"}</h2>
      <p class="quiet">
        <Count of={waiting.length} one="event waits" many="events wait" /> {why}.
      </p>
      <ol class="rows">
        {waiting.map(({ eventId, type, acceptedAt, attempts, retryAt }) => (
          <li key={eventId}>
            <span class="when">
              <Moment at={acceptedAt} />
            </span>
            <span>
              {type}{" "}
              {retryAt !== undefined && (
                <span class="quiet">
                  <Count of={attempts} one="failed attempt" />, the next <Distance at={retryAt} />
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Due({ timers, commands, reload }: Pick<InstanceAnswer, "timers" | "commands"> & { readonly reload: () => void }) {
  // A command that is not due yet is both.
  const others = timers.filter(({ kind }) => kind !== "command");
  if (others.length + commands.length === 0) return null;
  return (
    <section>
      <h2>Due later</h2>
      <ul class="rows">
        {others.map(({ kind, dueAt, what }, index) => (
          <li key={index}>
            <span class="when">
              <Distance at={dueAt} />
            </span>
            <span>
              {kind} {what}
            </span>
          </li>
        ))}
        {commands.map(({ commandId, type, dueAt, key }) => (
          <li key={commandId}>
            <span class="when">
              <Distance at={dueAt} />
            </span>
            <span>
              command {type} {key !== undefined && <span class="quiet">{key}</span>}
            </span>
            <span class="verbs">
              <Verb
                verb="reschedule-command"
                label="Reschedule"
                id={commandId}
                takesMoment
                says={`${type} gets another moment.`}
                onDone={reload}
              />
              <Verb
                verb="cancel-command"
                label="Cancel the command"
                id={commandId}
                isGrave
                says={`${type} is called off and never runs.`}
                onDone={reload}
              />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
