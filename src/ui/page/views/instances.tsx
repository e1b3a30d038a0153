import { useEffect, useState } from "preact/hooks";
import type { WireInstance, WirePage } from "../../wire.ts";
import { type ApiError, addressOf, get } from "../parts/api.ts";
import { Empty, Failure, Loading, ProcessLink, StatusMark, statusNames } from "../parts/bits.tsx";
import { changeQuery, type Route, toHash } from "../parts/route.ts";
import { useBeat, useSeen } from "../parts/session.ts";
import { Distance } from "../parts/time.tsx";
import { toApiError, useAnswer } from "../parts/use-answer.ts";
import { ListVerbs } from "./list-verbs.tsx";

/** Instances, newest first. What comes while one reads is counted, and shown when one asks for it. */
export function InstancesView({ route }: { readonly route: Route }) {
  const { process, status, state, outcome, suspended, q } = route.query;
  const address = addressOf("instances", { process, status, state, outcome, suspended, q });
  const { answer, error, reload } = useAnswer<WirePage<WireInstance>>(address);
  const now = useAnswer<WirePage<WireInstance>>(address, useBeat()).answer;
  const [more, setMore] = useState<{ readonly of: typeof answer; readonly pages: readonly WirePage<WireInstance>[] }>();
  const pages = more !== undefined && more.of === answer ? more.pages : [];
  const [failed, setFailed] = useState<ApiError>();
  const items = [...(answer?.items ?? []), ...pages.flatMap(({ items }) => items)];
  const cursor = (pages.at(-1) ?? answer)?.nextCursor;
  const fresh = (now?.items ?? []).filter(({ processId }) => !items.some((each) => each.processId === processId));
  const latest = new Map((now?.items ?? []).map((each) => [each.processId, each]));
  const isFiltered = [process, status, state, outcome, suspended, q].some((each) => each !== undefined && each !== "");
  const load = async () => {
    try {
      const page = await get<WirePage<WireInstance>>(addressOf("instances", { process, status, state, outcome, suspended, q, cursor }));
      setFailed(undefined);
      setMore({ of: answer, pages: [...pages, page] });
    } catch (reason) {
      setFailed(toApiError(reason));
    }
  };
  return (
    <>
      <h1>Instances</h1>
      <Filters route={route} />
      <p class="fresh" aria-live="polite">
        {fresh.length > 0 && answer !== undefined && (
          <button type="button" onClick={reload}>
            {fresh.length} new: show {fresh.length === 1 ? "it" : "them"}
          </button>
        )}
      </p>
      <Failure error={error ?? failed} />
      {answer === undefined && error === undefined && <Loading />}
      {answer !== undefined && items.length === 0 && <None isFiltered={isFiltered} />}
      {items.length > 1 && isFiltered && <ListVerbs filter={{ process, status, state, outcome, suspended, q }} onDone={reload} />}
      {items.length > 0 && <Table items={items.map((each) => latest.get(each.processId) ?? each)} />}
      {cursor !== undefined && (
        <button type="button" onClick={() => void load()}>
          More
        </button>
      )}
    </>
  );
}

function None({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty>
        No instance matches. <a href={toHash({ view: "instances" })}>Show all of them.</a>
      </Empty>
    );
  }
  return <Empty>There is no instance yet. The first event that starts one, such as by `perdure send`, makes one.</Empty>;
}

function Filters({ route }: { readonly route: Route }) {
  const { session, live } = useSeen();
  const { process = "", status = "", state = "", suspended = "", q = "" } = route.query;
  const [search, setSearch] = useState(q);
  const [inState, setInState] = useState(state);
  useEffect(() => setSearch(q), [q]);
  useEffect(() => setInState(state), [state]);
  const processes = [...new Set([...session.processes, ...Object.keys(live?.counts ?? {})])];
  const statuses = Object.keys(Object.values(live?.counts ?? {})[0] ?? statusNames);
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        changeQuery(route, { q: search.trim(), state: inState.trim() });
      }}
    >
      <label>
        Key or process id
        <input type="search" name="q" value={search} onInput={({ currentTarget }) => setSearch(currentTarget.value)} />
      </label>
      <label>
        Process
        <select value={process} onChange={({ currentTarget }) => changeQuery(route, { process: currentTarget.value })}>
          <option value="">all</option>
          {processes.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <label>
        Status
        <select value={status} onChange={({ currentTarget }) => changeQuery(route, { status: currentTarget.value })}>
          <option value="">all</option>
          {statuses.map((each) => (
            <option key={each} value={each}>
              {statusNames[each] ?? each}
            </option>
          ))}
        </select>
      </label>
      <label>
        Suspended
        <select value={suspended} onChange={({ currentTarget }) => changeQuery(route, { suspended: currentTarget.value })}>
          <option value="">or not</option>
          <option>yes</option>
          <option>no</option>
        </select>
      </label>
      <label>
        State
        <input value={inState} placeholder="active.charging" onInput={({ currentTarget }) => setInState(currentTarget.value)} />
      </label>
      <button type="submit">Find</button>
    </form>
  );
}

function Table({ items }: { readonly items: readonly WireInstance[] }) {
  return (
    <div class="scroll" tabIndex={0}>
      <table class="wide">
        <thead>
          <tr>
            {["Key", "Process", "Status", "State", "Updated", "Times out"].map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map(({ processId, aggregateId, process, status, state, outcome, suspended, updatedAt, dueAt }) => (
            <tr key={processId}>
              <th scope="row">
                <a href={toHash({ view: "instance", id: processId })}>{aggregateId}</a>
              </th>
              <td>
                <ProcessLink process={process} />
              </td>
              <td>
                <StatusMark status={status} /> {suspended !== undefined && <StatusMark status="suspended" />}
              </td>
              <td>{state ?? outcome}</td>
              <td>
                <Distance at={updatedAt} />
              </td>
              <td>{dueAt !== undefined && <Distance at={dueAt} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
