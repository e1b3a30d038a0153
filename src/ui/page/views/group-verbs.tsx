import { useRef, useState } from "preact/hooks";
import type { WireLetter } from "../../wire.ts";
import { type ApiError, ask } from "../parts/api.ts";
import { Failure } from "../parts/bits.tsx";
import { useSeen } from "../parts/session.ts";
import { toApiError } from "../parts/use-answer.ts";
import { Dialog } from "../parts/verb.tsx";

interface Progress {
  readonly verb: GroupVerb;
  readonly done: number;
  readonly left: number;
  readonly refused: number;
  readonly of: number;
  readonly isRunning: boolean;
  readonly error: ApiError | undefined;
}

const verbs = {
  "retry-letter": { label: "Retry all", says: "Each step goes back to where it failed, with all its attempts.", isGrave: false },
  "discard-letter": {
    label: "Discard all",
    says: "Each instance ends as failed, and what waits behind its letter is dropped.",
    isGrave: true,
  },
} as const;

type GroupVerb = keyof typeof verbs;

/** Retries or discards a group, one letter after the other. What is lost in the middle of it loses nothing: what is not settled stays open. */
export function GroupVerbs({ letters, onDone }: { readonly letters: readonly WireLetter[]; readonly onDone: () => void }) {
  const { session } = useSeen();
  const [asked, setAsked] = useState<GroupVerb>();
  const [reason, setReason] = useState("");
  const [progress, setProgress] = useState<Progress>();
  const isStopped = useRef(false);
  if (session.readOnly) return null;
  const run = async (verb: GroupVerb) => {
    isStopped.current = false;
    setAsked(undefined);
    await settleAll({ letters, verb, reason, isStopped: () => isStopped.current, tell: setProgress });
    onDone();
  };
  return (
    <div class="verbs">
      {progress?.isRunning !== true &&
        (Object.keys(verbs) as readonly GroupVerb[]).map((verb) => (
          <button key={verb} type="button" class={verbs[verb].isGrave ? "grave" : ""} onClick={() => setAsked(verb)}>
            {letters.length === 1 ? verbs[verb].label.replace(" all", "") : verbs[verb].label}
          </button>
        ))}
      {progress !== undefined && <Told {...progress} stop={() => (isStopped.current = true)} />}
      {asked !== undefined && (
        <Dialog title={`${verbs[asked].label}: ${letters.length}`} onClose={() => setAsked(undefined)} onSubmit={() => void run(asked)}>
          <p>{verbs[asked].says}</p>
          {asked === "discard-letter" && (
            <label>
              Reason, for the journal
              <input value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} maxLength={500} />
            </label>
          )}
          <footer>
            <span class="quiet">{session.by === undefined ? "" : `It is asked by ${session.by}.`}</span>
            <button type="button" onClick={() => setAsked(undefined)}>
              Leave it
            </button>
            <button type="submit" class={verbs[asked].isGrave ? "grave full" : "full"}>
              {verbs[asked].label}
            </button>
          </footer>
        </Dialog>
      )}
    </div>
  );
}

function Told({ done, left, refused, of, isRunning, error, stop }: Progress & { readonly stop: () => void }) {
  const parts = [
    `${done} of ${of} done`,
    left > 0 && `${left} noted for the next worker`,
    refused > 0 && `${refused} refused, as others settled them`,
  ];
  return (
    <span class="said" role="status">
      <progress max={of} value={done + left + refused} aria-label="Letters settled" /> {parts.filter(Boolean).join(", ")}
      {isRunning && (
        <button type="button" onClick={stop}>
          Stop
        </button>
      )}
      <Failure error={error} />
    </span>
  );
}

async function settleAll(call: {
  readonly letters: readonly WireLetter[];
  readonly verb: GroupVerb;
  readonly reason: string;
  readonly isStopped: () => boolean;
  readonly tell: (progress: Progress) => void;
}): Promise<void> {
  const { letters, verb, reason, isStopped, tell } = call;
  let progress: Progress = { verb, done: 0, left: 0, refused: 0, of: letters.length, isRunning: true, error: undefined };
  const count = (field: "done" | "left" | "refused") => tell((progress = { ...progress, [field]: progress[field] + 1 }));
  tell(progress);
  for (const { id } of letters) {
    if (isStopped()) break;
    try {
      const { outcome } = await ask(verb, { id, ...(reason !== "" && verb === "discard-letter" && { reason }) });
      count(outcome);
    } catch (caught) {
      const error = toApiError(caught);
      // Another operator was faster, or this letter cannot be settled so. The others can.
      if (error.status === 409 || error.status === 404) count("refused");
      else {
        tell((progress = { ...progress, isRunning: false, error }));
        return;
      }
    }
  }
  tell({ ...progress, isRunning: false });
}
