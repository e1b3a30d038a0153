import { useState } from "preact/hooks";
import type { WireLetter } from "../../wire.ts";
import { beginJob } from "../parts/jobs.ts";
import { useSeen } from "../parts/session.ts";
import { ReasonDialog } from "../parts/verb.tsx";

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
  if (session.readOnly) return null;
  const labelOf = (verb: GroupVerb) => (letters.length === 1 ? verbs[verb].label.replace(" all", "") : verbs[verb].label);
  return (
    <div class="verbs">
      {(Object.keys(verbs) as readonly GroupVerb[]).map((verb) => (
        <button key={verb} type="button" class={verbs[verb].isGrave ? "grave" : ""} onClick={() => setAsked(verb)}>
          {labelOf(verb)}
        </button>
      ))}
      {asked !== undefined && (
        <ReasonDialog
          title={`${verbs[asked].label}: ${letters.length.toLocaleString()}`}
          label={labelOf(asked)}
          says={verbs[asked].says}
          isGrave={verbs[asked].isGrave}
          takesReason={asked === "discard-letter"}
          onClose={() => setAsked(undefined)}
          onSubmit={(reason) => {
            setAsked(undefined);
            beginJob({
              title: `${labelOf(asked)}: ${letters[0]?.handler ?? ""}`,
              verb: asked,
              ids: letters.map(({ id }) => id),
              reason,
              onDone,
            });
          }}
        />
      )}
    </div>
  );
}
