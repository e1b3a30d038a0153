import { useCallback } from "preact/hooks";
import type { Figures } from "../../wire.ts";
import { addressOf } from "../parts/api.ts";
import { Empty, StatusMark } from "../parts/bits.tsx";
import { Picture } from "../parts/picture.tsx";
import { toHash } from "../parts/route.ts";
import { useSeen } from "../parts/session.ts";

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
  const addLinks = useCallback((svg: SVGSVGElement) => linkStates(svg, process), [process]);
  return (
    <>
      <h1>{process}</h1>
      <Statuses process={process} counts={counts} />
      <Picture address={addressOf("chart", { process })} label={`The chart of ${process}`} onDrawn={addLinks} />
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

/** The box of each status leads to its instances. */
function linkStates(svg: SVGSVGElement, process: string): void {
  // An image has nothing in it that can be followed.
  svg.setAttribute("role", "group");
  for (const box of svg.querySelectorAll<SVGGElement>("g.state-box")) {
    const [, status] = box.classList;
    const link = document.createElementNS("http://www.w3.org/2000/svg", "a");
    link.setAttribute("href", toHash({ view: "instances", query: { process, status } }));
    link.append(...box.childNodes);
    box.append(link);
  }
}
