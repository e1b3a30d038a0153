import { useState } from "preact/hooks";
import type { WireLetter, WirePage } from "../../wire.ts";
import { type ApiError, addressOf, get } from "../parts/api.ts";
import { Count, Empty, Failure, InstanceLink, Loading, ProcessLink } from "../parts/bits.tsx";
import { type Route, toHash } from "../parts/route.ts";
import { useBeat, useSeen } from "../parts/session.ts";
import { Distance } from "../parts/time.tsx";
import { toApiError, useAnswer } from "../parts/use-answer.ts";
import { GroupVerbs } from "./group-verbs.tsx";
import { groupLetters, type LetterGroup } from "./group-letters.ts";

const SHOWN = 5;

/** Open letters by what went wrong. */
export function LettersView({ route }: { readonly route: Route }) {
  const { process } = route.query;
  const { live } = useSeen();
  const address = addressOf("letters", { process });
  const { answer, error, reload } = useAnswer<WirePage<WireLetter>>(address);
  const now = useAnswer<WirePage<WireLetter>>(address, useBeat()).answer;
  const [more, setMore] = useState<{ readonly of: typeof answer; readonly pages: readonly WirePage<WireLetter>[] }>();
  const [failed, setFailed] = useState<ApiError>();
  const pages = more !== undefined && more.of === answer ? more.pages : [];
  const letters = [...(answer?.items ?? []), ...pages.flatMap(({ items }) => items)];
  const cursor = (pages.at(-1) ?? answer)?.nextCursor;
  const fresh = (now?.items ?? []).filter(({ id }) => letters.every((each) => each.id !== id)).length;
  const open = live?.deadLetters ?? letters.length;
  const load = async () => {
    try {
      const page = await get<WirePage<WireLetter>>(addressOf("letters", { process, cursor }));
      setFailed(undefined);
      setMore({ of: answer, pages: [...pages, page] });
    } catch (reason) {
      setFailed(toApiError(reason));
    }
  };
  return (
    <>
      <h1>Dead letters</h1>
      <Failure error={error ?? failed} />
      <p class="fresh" aria-live="polite">
        {answer !== undefined && fresh > 0 && cursor === undefined && (
          <button type="button" onClick={reload}>
            {fresh} new: show {fresh === 1 ? "it" : "them"}
          </button>
        )}
      </p>
      {answer === undefined && error === undefined && <Loading />}
      {answer !== undefined && letters.length === 0 && (
        <Empty>There is no open dead letter. A step that fails for good leaves one, with its error and what it was for.</Empty>
      )}
      {groupLetters(letters).map((group) => (
        <Group key={group.key} group={group} reload={reload} />
      ))}
      {cursor !== undefined && (
        <p>
          <button type="button" onClick={() => void load()}>
            More
          </button>{" "}
          <span class="quiet">
            The oldest {letters.length.toLocaleString()} of {open.toLocaleString()} are grouped above.
          </span>
        </p>
      )}
    </>
  );
}

function Group({ group, reload }: { readonly group: LetterGroup; readonly reload: () => void }) {
  const { process, handler, errorName, errorMessage, letters } = group;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? letters : letters.slice(0, SHOWN);
  return (
    <article class="group">
      <header>
        <h2>
          <Count of={letters.length} one="letter" /> of {handler}
        </h2>
        <ProcessLink process={process} />
      </header>
      <p class="message">
        <b>{errorName}</b> {errorMessage}
      </p>
      <GroupVerbs letters={letters} onDone={reload} />
      <ul class="rows">
        {shown.map((letter) => (
          <li key={letter.id}>
            <span class="when">
              <Distance at={letter.lastFailedAt} />
            </span>
            <span>
              <a href={toHash({ view: "letter", id: letter.id })}>{letter.what === "" ? letter.kind : letter.what}</a>{" "}
              <InstanceLink id={letter.processId}>{letter.aggregateId}</InstanceLink>{" "}
              <span class="quiet">
                <Count of={letter.attempts} one="attempt" />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {letters.length > SHOWN && (
        <button type="button" class="plain" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show all ${letters.length}`}
        </button>
      )}
    </article>
  );
}
