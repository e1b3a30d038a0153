import { useEffect, useState } from "preact/hooks";
import type { Figures, StatesAnswer } from "../../wire.ts";
import { addressOf } from "../parts/api.ts";
import { Empty, StatusMark } from "../parts/bits.tsx";
import { Picture } from "../parts/picture.tsx";
import { toHash } from "../parts/route.ts";
import { useBeat, useSeen } from "../parts/session.ts";
import { useAnswer } from "../parts/use-answer.ts";
import { writeCounts } from "./chart-counts.ts";

export function ProcessesView() {
  const { session, live } = useSeen();
  const names = [...new Set([...session.processes, ...Object.keys(live?.counts ?? {})])];
  return (
    <>
      <h1>Processes</h1>
      {names.length === 0 && <Empty>There is no process. `perdure init` writes a first one.</Empty>}
      <div class="cards">
        {names.map((process) => (
          <article key={process}>
            <h2>
              <a href={toHash({ view: "process", id: process })}>{process}</a>
            </h2>
            <Statuses process={process} counts={live?.counts[process]} />
            {!session.processes.includes(process) && <p class="quiet">Its definition was removed.</p>}
          </article>
        ))}
      </div>
    </>
  );
}

export function ProcessView({ id: process }: { readonly id: string }) {
  const { live } = useSeen();
  const counts = live?.counts[process];
  const [svg, setSvg] = useState<SVGSVGElement>();
  const { answer: states, error } = useAnswer<StatesAnswer>(addressOf("states", { process }), useBeat());
  useEffect(() => {
    if (svg !== undefined) writeCounts(svg, { process, statuses: counts ?? {}, states: states ?? {} });
  }, [svg, process, counts, states]);
  return (
    <>
      <h1>{process}</h1>
      <Statuses process={process} counts={counts} />
      <Picture key={process} address={addressOf("chart", { process })} label={`The chart of ${process}`} onDrawn={setSvg} />
      {error?.code === "RESTATE_UNSUPPORTED" && (
        <p class="quiet">How many instances stand in each state of a chart is not counted on Restate.</p>
      )}
    </>
  );
}

function Statuses({ process, counts }: { readonly process: string; readonly counts: Figures["counts"][string] | undefined }) {
  return (
    <p class="statuses">
      {Object.entries(counts ?? {}).map(([status, count]) => (
        <a key={status} href={toHash({ view: "instances", query: { process, status } })} aria-label={`${count} ${status}`}>
          <b>{count.toLocaleString()}</b> <StatusMark status={status} />
        </a>
      ))}
    </p>
  );
}
