import { useState } from "preact/hooks";
import type { WirePage, WireTimer } from "../../wire.ts";
import { type ApiError, addressOf, get } from "../parts/api.ts";
import { Empty, Failure, InstanceLink, Loading, ProcessLink } from "../parts/bits.tsx";
import { changeQuery, type Route, toHash } from "../parts/route.ts";
import { useBeat } from "../parts/session.ts";
import { dayFormat, Distance, Moment } from "../parts/time.tsx";
import { toApiError, useAnswer } from "../parts/use-answer.ts";

const kinds = ["timeout", "after", "command", "retry", "kept", "schedule", "discard"];

/** What is due, by day, soonest first. */
export function TimersView({ route }: { readonly route: Route }) {
  const { kind = "", process } = route.query;
  // What has changed is shown when one asks for it; pages that were added are dropped then, so that no timer is there twice.
  const [more, setMore] = useState<readonly WirePage<WireTimer>[]>([]);
  const [failed, setFailed] = useState<ApiError>();
  const address = addressOf("timers", { kind, process });
  const { answer, error, reload } = useAnswer<WirePage<WireTimer>>(address);
  const now = useAnswer<WirePage<WireTimer>>(address, useBeat()).answer;
  const hasChanged = answer !== undefined && now !== undefined && JSON.stringify(now.items) !== JSON.stringify(answer.items);
  const timers = [...(answer?.items ?? []), ...more.flatMap(({ items }) => items)];
  const cursor = (more.at(-1) ?? answer)?.nextCursor;
  const load = async () => {
    try {
      const page = await get<WirePage<WireTimer>>(addressOf("timers", { kind, process, cursor }));
      setMore([...more, page]);
    } catch (reason) {
      setFailed(toApiError(reason));
    }
  };
  return (
    <>
      <h1>Timers</h1>
      <form class="filters">
        <label>
          Kind
          <select
            value={kind}
            onChange={({ currentTarget }) => {
              setMore([]);
              changeQuery(route, { kind: currentTarget.value });
            }}
          >
            <option value="">all</option>
            {kinds.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      </form>
      <p class="fresh" aria-live="polite">
        {hasChanged && (
          <button
            type="button"
            onClick={() => {
              setMore([]);
              reload();
            }}
          >
            It has changed: show it as it is now
          </button>
        )}
      </p>
      <Failure error={error ?? failed} />
      {answer === undefined && error === undefined && <Loading />}
      {answer !== undefined && timers.length === 0 && (
        <Empty>Nothing is due. Timeouts, delayed commands and attempts that are still to come are listed here.</Empty>
      )}
      <Days timers={timers} />
      {cursor !== undefined && (
        <button type="button" onClick={() => void load()}>
          More
        </button>
      )}
    </>
  );
}

function Owner({ kind, process }: WireTimer) {
  if (process === "") return null;
  return kind === "schedule" ? <a href={toHash({ view: "schedules" })}>{process}</a> : <ProcessLink process={process} />;
}

function Days({ timers }: { readonly timers: readonly WireTimer[] }) {
  return (
    <>
      {groupByDay(timers).map(([day, ofDay]) => (
        <section key={day}>
          <h2>{day}</h2>
          <ul class="rows">
            {ofDay.map((timer, index) => (
              <li key={index}>
                <span class="when">
                  <Moment at={timer.dueAt} ofDay />
                </span>
                <span>
                  {timer.kind} {timer.what} <InstanceLink id={timer.processId}>{timer.aggregateId}</InstanceLink> <Owner {...timer} />{" "}
                  <span class="quiet">
                    <Distance at={timer.dueAt} />
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function groupByDay(timers: readonly WireTimer[]): readonly (readonly [string, readonly WireTimer[]])[] {
  const days = new Map<string, WireTimer[]>();
  for (const timer of timers) {
    const day = dayFormat.format(new Date(timer.dueAt));
    days.set(day, [...(days.get(day) ?? []), timer]);
  }
  return [...days];
}
