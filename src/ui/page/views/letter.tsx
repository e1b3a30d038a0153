import { useState } from "preact/hooks";
import type { LetterAnswer } from "../../wire.ts";
import { type ApiError, addressOf, ask } from "../parts/api.ts";
import { Facts, Failure, InstanceLink, JsonBlock, Loading, ProcessLink } from "../parts/bits.tsx";
import { ErrorBlock } from "../parts/error-block.tsx";
import { useBeat, useSeen } from "../parts/session.ts";
import { Moment } from "../parts/time.tsx";
import { toApiError, useAnswer } from "../parts/use-answer.ts";
import { Verb } from "../parts/verb.tsx";

/** One letter: what failed, why, and what can be done. */
export function LetterView({ id }: { readonly id: string }) {
  const { answer, error, reload } = useAnswer<LetterAnswer>(addressOf("letter", { id }), useBeat());
  return (
    <>
      <h1>Dead letter</h1>
      <Failure error={error} />
      {answer === undefined ? error === undefined && <Loading /> : <Letter key={id} letter={answer} reload={reload} />}
    </>
  );
}

function Letter({ letter, reload }: { readonly letter: LetterAnswer; readonly reload: () => void }) {
  const { process, processId, aggregateId, kind, handler, what, attempts, firstFailedAt, lastFailedAt, status, error, payload } = letter;
  return (
    <>
      <Facts
        facts={[
          ["of", handler],
          [kind, what],
          ["key", <InstanceLink id={processId}>{aggregateId}</InstanceLink>],
          ["process", process === "" ? undefined : <ProcessLink process={process} />],
          ["attempts", attempts],
          ["first failed", <Moment at={firstFailedAt} />],
          ["last failed", <Moment at={lastFailedAt} />],
          ["status", status],
          ["settled", letter.settledAt && <Moment at={letter.settledAt} />],
          ["by", letter.settledBy],
          ["reason", letter.reason],
        ]}
      />
      <LetterVerbs letter={letter} reload={reload} />
      <h2>Error</h2>
      <ErrorBlock error={error} />
      <h2>Payload</h2>
      <JsonBlock json={payload} label="The payload that failed" />
      {letter.retriedWith !== undefined && (
        <>
          <h2>Retried with</h2>
          <JsonBlock json={letter.retriedWith} label="The payload that it was retried with" />
        </>
      )}
    </>
  );
}

function LetterVerbs({ letter, reload }: { readonly letter: LetterAnswer; readonly reload: () => void }) {
  const { id, processId, kind } = letter;
  const isOffered = letter.status === "open";
  const goesOn = processId === "" ? "" : " Its instance goes on, and what waits behind the letter follows.";
  return (
    <div class="verbs">
      <Verb
        verb="retry-letter"
        label="Retry"
        id={id}
        isOffered={isOffered}
        takesReason={false}
        says={`The step goes back to where it failed, with all its attempts.${goesOn}`}
        onDone={reload}
      />
      {isOffered && kind !== "inbox" && <EditAndRetry letter={letter} reload={reload} />}
      <Verb
        verb="skip-letter"
        label="Skip"
        id={id}
        isOffered={isOffered}
        says={`It is let go as if it had been handled without its handler.${goesOn}`}
        onDone={reload}
      />
      <Verb
        verb="discard-letter"
        label="Discard"
        id={id}
        isOffered={isOffered}
        isGrave
        says={
          processId === ""
            ? "It is given up."
            : "The step is given up: its instance ends as failed, and what waits behind the letter is dropped."
        }
        onDone={reload}
      />
    </div>
  );
}

/** Retries with another payload, which its schema checks. */
function EditAndRetry({ letter, reload }: { readonly letter: LetterAnswer; readonly reload: () => void }) {
  const { session } = useSeen();
  const { id, payload } = letter;
  const [text, setText] = useState<string>();
  const [error, setError] = useState<ApiError>();
  const [isAsking, setAsking] = useState(false);
  // What was redacted or cut short would be sent back so.
  if (session.readOnly || session.redacts || payload.length > payload.text.length) return null;
  if (text === undefined) {
    return (
      <button type="button" onClick={() => setText(payload.text)}>
        Edit and retry
      </button>
    );
  }
  const submit = async () => {
    setAsking(true);
    try {
      await ask("retry-letter", { id, payload: text });
      setText(undefined);
      reload();
    } catch (reason) {
      setError(toApiError(reason));
    }
    setAsking(false);
  };
  return (
    <form
      class="edit"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label>
        Payload, as JSON
        <textarea
          rows={Math.min(20, text.split("\n").length + 1)}
          value={text}
          spellcheck={false}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <Failure error={error} />
      <footer>
        <button type="button" onClick={() => setText(undefined)}>
          Leave it
        </button>
        <button type="submit" class="full" disabled={isAsking}>
          Retry with this payload
        </button>
      </footer>
    </form>
  );
}
