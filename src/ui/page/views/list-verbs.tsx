import { useState } from "preact/hooks";
import type { ChosenAnswer } from "../../wire.ts";
import { type ApiError, addressOf, get } from "../parts/api.ts";
import { Count, Failure } from "../parts/bits.tsx";
import { beginJob } from "../parts/jobs.ts";
import type { Query } from "../parts/route.ts";
import { useSeen } from "../parts/session.ts";
import { toApiError } from "../parts/use-answer.ts";
import { ReasonDialog } from "../parts/verb.tsx";

const verbs = {
  "suspend-instance": {
    label: "Suspend these",
    says: "Each waits, with its events, its timers and its commands, until it is resumed.",
    isGrave: false,
  },
  "resume-instance": {
    label: "Resume these",
    says: "Each goes on: what was parked follows, and what fell due meanwhile is due at once.",
    isGrave: false,
  },
  "cancel-instance": {
    label: "Cancel these",
    says: "Each ends as cancelled. Its timers go, and so do the events and commands that wait; its open dead letters are discarded.",
    isGrave: true,
  },
} as const;

type ListVerb = keyof typeof verbs;

/** What is done to all open instances that match the filter. It is first counted what that would be. */
export function ListVerbs({ filter, onDone }: { readonly filter: Query; readonly onDone: () => void }) {
  const { session } = useSeen();
  const [chosen, setChosen] = useState<ChosenAnswer & { readonly verb: ListVerb }>();
  const [error, setError] = useState<ApiError>();
  if (session.readOnly) return null;
  const choose = async (verb: ListVerb) => {
    setError(undefined);
    try {
      setChosen({ ...(await get<ChosenAnswer>(addressOf("chosen", { ...filter, verb }))), verb });
    } catch (reason) {
      setError(toApiError(reason));
    }
  };
  return (
    <div class="verbs">
      {(Object.keys(verbs) as readonly ListVerb[]).map((verb) => (
        <button key={verb} type="button" class={verbs[verb].isGrave ? "grave" : ""} onClick={() => void choose(verb)}>
          {verbs[verb].label}
        </button>
      ))}
      <Failure error={error} />
      {chosen !== undefined && <Confirmation {...chosen} onClose={() => setChosen(undefined)} onDone={onDone} />}
    </div>
  );
}

function Confirmation(props: ChosenAnswer & { readonly verb: ListVerb; readonly onClose: () => void; readonly onDone: () => void }) {
  const { verb, ids, isWhole, onClose, onDone } = props;
  const { label, says, isGrave } = verbs[verb];
  return (
    <ReasonDialog
      title={`${label}: ${ids.length.toLocaleString()}`}
      label={label}
      says={
        ids.length === 0 ? (
          "None that matches can be changed so."
        ) : (
          <>
            <Count of={ids.length} one="open instance" /> can be changed so
            {isWhole ? ". " : ", and there are more: these are as many as are taken at once. "}
            {says}
          </>
        )
      }
      isGrave={isGrave}
      takesReason={ids.length > 0}
      isRefused={ids.length === 0}
      onClose={onClose}
      onSubmit={(reason) => {
        onClose();
        beginJob({ title: label.replace("these", `${ids.length.toLocaleString()} instances`), verb, ids, reason, onDone });
      }}
    />
  );
}
