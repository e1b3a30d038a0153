import type { OverviewAnswer } from "../../wire.ts";
import { addressOf } from "../parts/api.ts";
import { Count, Empty, Failure, InstanceLink, Loading, ProcessLink, statusNames } from "../parts/bits.tsx";
import { toHash } from "../parts/route.ts";
import { useBeat } from "../parts/session.ts";
import { Spark } from "../parts/spark.tsx";
import { Distance, formatSpan, Moment } from "../parts/time.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import { useHeld } from "../parts/use-held.ts";
import { Health } from "./health.tsx";

/** How everything stands. What changes changes in its place. */
export function OverviewView() {
  const { answer, error } = useAnswer<OverviewAnswer>(addressOf("overview"), useBeat());
  return (
    <>
      <h1>Overview</h1>
      <Failure error={error} />
      {answer === undefined ? <Loading /> : <Answer {...answer} />}
    </>
  );
}

function Answer(answer: OverviewAnswer) {
  const { at, waiting, oldestWaitingMs, parked, pendingCommands, deadLetters, accepted, minutes, inbox, keptEvents } = answer;
  const more = [
    [parked, "waits behind a dead letter or a suspension", "wait behind a dead letter or a suspension"],
    [pendingCommands, "command is not settled", "commands are not settled"],
    [inbox, "row waits in the inbox", "rows wait in the inbox"],
    [keptEvents, "event came early and is kept", "events came early and are kept"],
  ] as const;
  return (
    <>
      <section class="tiles">
        <article>
          <h2>Events</h2>
          <strong>{accepted.toLocaleString()}</strong>
          <Spark values={minutes.map((minute) => minute?.accepted)} label="accepted a minute" at={at} />
        </article>
        <article>
          <h2>Waiting</h2>
          <strong>{waiting.toLocaleString()}</strong>
          <span class="quiet">{oldestWaitingMs === 0 ? "none is late" : `the oldest for ${formatSpan(oldestWaitingMs)}`}</span>
          <Spark values={minutes.map((minute) => minute?.waiting)} label="waiting in a minute" at={at} />
        </article>
        <article class={deadLetters > 0 ? "bad" : ""}>
          <h2>Dead letters</h2>
          <strong>
            <a href={toHash({ view: "letters" })}>{deadLetters.toLocaleString()}</a>
          </strong>
          <ul class="quiet">
            {more
              .filter(([count]) => count > 0)
              .map(([count, one, many]) => (
                <li key={one}>
                  <Count of={count} one={one} many={many} />
                </li>
              ))}
          </ul>
        </article>
        <Health answer={answer} />
      </section>
      <Counts counts={answer.counts} />
      <div class="halves">
        <Next next={answer.next} />
        <Recent recent={answer.recent} />
      </div>
    </>
  );
}

function Counts({ counts }: Pick<OverviewAnswer, "counts">) {
  const processes = Object.entries(counts);
  const statuses = Object.keys(processes[0]?.[1] ?? {});
  if (processes.length === 0)
    return <Empty>There is no process. A domain folder with a process in it, and `perdure start`, make one.</Empty>;
  return (
    <section>
      <h2>Processes</h2>
      <div class="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Process</th>
              {statuses.map((status) => (
                <th scope="col" class="number" key={status}>
                  {statusNames[status] ?? status}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {processes.map(([process, byStatus]) => (
              <tr key={process}>
                <th scope="row">
                  <ProcessLink process={process} />
                </th>
                {Object.entries(byStatus).map(([status, count]) => (
                  <td class="number" key={status}>
                    {count === 0 ? (
                      <span class="quiet">0</span>
                    ) : (
                      <a class={`status-text ${status}`} href={toHash({ view: "instances", query: { process, status } })}>
                        {count.toLocaleString()}
                      </a>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Next({ next: now }: Pick<OverviewAnswer, "next">) {
  const [next, holding] = useHeld(now);
  return (
    <section {...holding}>
      <h2>Due next</h2>
      {next.length === 0 ? (
        <Empty>Nothing is due.</Empty>
      ) : (
        <ul class="rows">
          {next.map((timer, index) => (
            <li key={index}>
              <span class="when">
                <Distance at={timer.dueAt} />
              </span>
              <span>
                {timer.kind}
                {timer.what !== undefined && ` ${timer.what}`} <InstanceLink id={timer.processId}>{timer.aggregateId}</InstanceLink>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Recent({ recent: now }: Pick<OverviewAnswer, "recent">) {
  const [recent, holding] = useHeld(now);
  return (
    <section {...holding}>
      <h2>Just happened</h2>
      {recent.length === 0 ? (
        <Empty>Nothing has happened yet. `perdure send` dispatches an event.</Empty>
      ) : (
        <ul class="rows">
          {recent.slice(0, 8).map((step, index) => (
            <li key={index}>
              <span class="when">
                <Moment at={step.at} />
              </span>
              <span>
                {step.kind.replaceAll("_", " ")} {step.what} <InstanceLink id={step.processId}>{step.aggregateId}</InstanceLink>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
