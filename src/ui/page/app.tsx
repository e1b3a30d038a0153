import { useEffect } from "preact/hooks";
import type { Session } from "../wire.ts";
import { addressOf } from "./parts/api.ts";
import { Empty, Failure, Loading } from "./parts/bits.tsx";
import { Boundary } from "./parts/boundary.tsx";
import { describeDrift } from "./parts/clock.ts";
import { JobBar } from "./parts/job-bar.tsx";
import { type Route, toHash, useRoute } from "./parts/route.ts";
import { SeenContext } from "./parts/session.ts";
import { useAnswer } from "./parts/use-answer.ts";
import { type Following, useLive } from "./parts/use-live.ts";
import { InstanceView } from "./views/instance.tsx";
import { InstancesView } from "./views/instances.tsx";
import { LetterView } from "./views/letter.tsx";
import { LettersView } from "./views/letters.tsx";
import { MapView } from "./views/map.tsx";
import { OverviewView } from "./views/overview.tsx";
import { ProcessesView, ProcessView } from "./views/processes.tsx";
import { SchedulesView } from "./views/schedules.tsx";
import { TimersView } from "./views/timers.tsx";

const places = [
  { view: "", title: "Overview", with: [] },
  { view: "processes", title: "Processes", with: ["process"] },
  { view: "instances", title: "Instances", with: ["instance"] },
  { view: "letters", title: "Dead letters", with: ["letter"] },
  { view: "timers", title: "Timers", with: [] },
  { view: "schedules", title: "Schedules", with: [] },
  { view: "map", title: "Map", with: [] },
] as const;

export function App() {
  const route = useRoute();
  const following = useLive();
  const { live, connection, beat } = following;
  const { answer: session, error } = useAnswer<Session>(addressOf("session"), connection);
  const place = places.find((each) => each.view === route.view || each.with.some((view) => view === route.view));
  useEffect(() => {
    document.title = `${route.id === "" ? (place?.title ?? "Perdure") : route.id} · Perdure`;
    scrollTo(0, 0);
  }, [route.view, route.id]);
  useEffect(() => {
    addEventListener("keydown", focusSearch);
    return () => removeEventListener("keydown", focusSearch);
  }, []);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header class="top">
        <a class="brand" href={toHash({ view: "" })}>
          Perdure
        </a>
        <nav aria-label="Pages">
          {places.map(({ view, title }) => (
            <a key={view} href={toHash({ view })} {...(place?.view === view && { "aria-current": "page" as const })}>
              {title}
              {view === "letters" && (live?.deadLetters ?? 0) > 0 && <span class="badge">{live?.deadLetters.toLocaleString()}</span>}
            </a>
          ))}
        </nav>
        <State following={following} session={session} />
      </header>
      <main id="main" tabIndex={-1}>
        {session === undefined ? (
          error === undefined ? (
            <Loading />
          ) : (
            <Failure error={error} />
          )
        ) : (
          <SeenContext.Provider value={{ session, live, beat }}>
            <Boundary key={`${route.view}/${route.id}`}>
              <View route={route} />
            </Boundary>
            <JobBar />
          </SeenContext.Provider>
        )}
      </main>
    </>
  );
}

function View({ route }: { readonly route: Route }) {
  const { view, id } = route;
  switch (view) {
    case "":
      return <OverviewView />;
    case "processes":
      return <ProcessesView />;
    case "process":
      return <ProcessView id={id} />;
    case "instances":
      return <InstancesView route={route} />;
    case "instance":
      return <InstanceView key={id} id={id} />;
    case "letters":
      return <LettersView route={route} />;
    case "letter":
      return <LetterView key={id} id={id} />;
    case "timers":
      return <TimersView route={route} />;
    case "schedules":
      return <SchedulesView />;
    case "map":
      return <MapView />;
    default:
      return (
        <Empty>
          There is nothing here. <a href={toHash({ view: "" })}>To the overview.</a>
        </Empty>
      );
  }
}

/** What a reader has to know of what is shown, in words: whether it goes on, and whether a worker works. */
function State({ following: { live, connection }, session }: { readonly following: Following; readonly session: Session | undefined }) {
  const drift = describeDrift();
  const sentences = [
    connection === "lost" && (["bad", "No connection to the server; trying again."] as const),
    connection === "connected" && live?.worker === "none" && (["warn", "No worker runs: what waits is handled when one starts."] as const),
    drift !== undefined && (["warn", drift] as const),
    session?.readOnly === true && (["", "For reading only."] as const),
  ].filter((each) => each !== false);
  return (
    <p class="state" role="status">
      {sentences.map(([tone, text]) => (
        <span key={text} class={tone}>
          {text}
        </span>
      ))}
      {sentences.length === 0 && connection === "connected" && <span class="good">live</span>}
    </p>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** `/` leads to the search, as elsewhere. */
function focusSearch(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const search = document.querySelector<HTMLInputElement>("input[type=search]");
  if (search === null) location.hash = toHash({ view: "instances" });
  else search.focus();
}
