import type { WirePage, WireSchedule } from "../../wire.ts";
import { addressOf } from "../parts/api.ts";
import { Empty, Failure, Loading } from "../parts/bits.tsx";
import { useBeat } from "../parts/session.ts";
import { Distance, Moment } from "../parts/time.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import { Verb } from "../parts/verb.tsx";

export function SchedulesView() {
  const { answer, error, reload } = useAnswer<WirePage<WireSchedule>>(addressOf("schedules"), useBeat());
  return (
    <>
      <h1>Schedules</h1>
      <Failure error={error} />
      {answer === undefined && error === undefined && <Loading />}
      {answer?.items.length === 0 && (
        <Empty>There is no schedule. A file in the folder `schedules` of an aggregate makes one, once a worker has started with it.</Empty>
      )}
      {answer !== undefined && answer.items.length > 0 && (
        <div class="scroll" tabIndex={0}>
          <table class="wide">
            <thead>
              <tr>
                {["Schedule", "Cron", "Next", "Last", ""].map((title) => (
                  <th scope="col" key={title}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {answer.items.map((schedule) => (
                <Row key={schedule.schedule} {...schedule} reload={reload} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ schedule, cron, timeZone, dueAt, lastAt, removedAt, failure, reload }: WireSchedule & { readonly reload: () => void }) {
  return (
    <tr>
      <th scope="row">{schedule}</th>
      <td>
        <code>{cron}</code> <span class="quiet">{timeZone}</span>
      </td>
      <td>
        {removedAt !== undefined ? (
          <>
            removed <Distance at={removedAt} />
          </>
        ) : dueAt === undefined ? (
          "never"
        ) : (
          <Distance at={dueAt} />
        )}
      </td>
      <td>
        {lastAt === undefined ? <span class="quiet">none yet</span> : <Moment at={lastAt} />}
        {failure !== undefined && (
          <p class="failure">
            No event at <Moment at={failure.at} />: {failure.problem}
          </p>
        )}
      </td>
      <td>
        {removedAt === undefined && (
          <Verb
            verb="run-schedule"
            label="Run now"
            id={schedule}
            takesReason={false}
            says="What it gives is dispatched now, beside its own moments."
            onDone={reload}
          />
        )}
      </td>
    </tr>
  );
}
