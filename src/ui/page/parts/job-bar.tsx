import { Failure } from "./bits.tsx";
import { dismissJob, goOn, type Job, stopJob, useJobs } from "./jobs.ts";

/** What is under way for many at once, and what came of it, on whatever page the reader is. */
export function JobBar() {
  const jobs = useJobs();
  if (jobs.length === 0) return null;
  return (
    <section class="jobs" aria-label="Under way">
      {jobs.map((job) => (
        <Line key={job.number} job={job} />
      ))}
    </section>
  );
}

function Line({ job }: { readonly job: Job }) {
  const { number, title, done, left, refused, of, isRunning, error } = job;
  const settled = done + left + refused;
  const parts = [
    `${done.toLocaleString()} of ${of.toLocaleString()} done`,
    left > 0 && `${left.toLocaleString()} noted for the next worker`,
    refused > 0 && `${refused.toLocaleString()} refused, as they were settled before`,
    !isRunning && settled < of && `${(of - settled).toLocaleString()} untouched`,
  ];
  return (
    <article>
      <p>
        <b>{title}</b> <progress max={of} value={settled} aria-label={title} />{" "}
        <span role="status">{parts.filter(Boolean).join(", ")}</span>
      </p>
      {error !== undefined && <Failure error={error} />}
      <div class="verbs">
        {isRunning && (
          <button type="button" onClick={() => stopJob(number)}>
            Stop
          </button>
        )}
        {!isRunning && settled < of && (
          <button type="button" onClick={() => goOn(number)}>
            Go on
          </button>
        )}
        {!isRunning && (
          <button type="button" onClick={() => dismissJob(number)}>
            Dismiss
          </button>
        )}
      </div>
    </article>
  );
}
