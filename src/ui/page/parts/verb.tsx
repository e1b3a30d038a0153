import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type ApiError, ask } from "./api.ts";
import { Failure } from "./bits.tsx";
import { useSeen } from "./session.ts";
import { toApiError } from "./use-answer.ts";

export interface VerbProps {
  /** The verb of `api/do/`. */
  readonly verb: string;
  /** What the button says. */
  readonly label: string;
  readonly id: string;
  /** What will happen, in a sentence. */
  readonly says: ComponentChildren;
  readonly takesReason?: boolean;
  readonly takesMoment?: boolean;
  readonly isGrave?: boolean;
  /** Whether there is a button for it now. What is being asked stays until the reader leaves it. */
  readonly isOffered?: boolean;
  readonly onDone: () => void;
}

/** A button that asks before it acts. In a page that is for reading only there is none. */
export function Verb(props: VerbProps) {
  const { session } = useSeen();
  const [isOpen, setOpen] = useState(false);
  const [said, setSaid] = useState<string>();
  if (session.readOnly) return null;
  return (
    <>
      {props.isOffered !== false && (
        <button type="button" class={props.isGrave ? "grave" : ""} onClick={() => setOpen(true)}>
          {props.label}
        </button>
      )}
      {said !== undefined && (
        <span class="said" role="status">
          {said}
        </span>
      )}
      {isOpen && (
        <VerbDialog
          {...props}
          onClose={() => setOpen(false)}
          onSaid={(text) => {
            setOpen(false);
            setSaid(text);
            props.onDone();
          }}
        />
      )}
    </>
  );
}

function VerbDialog(props: VerbProps & { readonly onClose: () => void; readonly onSaid: (text: string) => void }) {
  const { verb, label, id, says, takesReason = true, takesMoment = false, isGrave = false, onClose, onSaid } = props;
  const { session } = useSeen();
  const [reason, setReason] = useState("");
  const [dueAt, setDueAt] = useState("");
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState<ApiError>();
  const submit = async () => {
    setAsking(true);
    setError(undefined);
    try {
      const { outcome } = await ask(verb, { id, ...(reason !== "" && { reason }), ...(takesMoment && { dueAt }) });
      onSaid(outcome === "done" ? "Done." : "Noted: no worker runs, and the next one does it.");
    } catch (reason) {
      setError(toApiError(reason));
      setAsking(false);
    }
  };
  return (
    <Dialog title={label} onClose={onClose} onSubmit={() => void submit()}>
      <p>{says}</p>
      {takesMoment && (
        <label>
          When
          <input
            required
            value={dueAt}
            onInput={({ currentTarget }) => setDueAt(currentTarget.value)}
            placeholder="3d, or 2027-01-31T09:00:00Z"
          />
        </label>
      )}
      {takesReason && <ReasonField reason={reason} onInput={setReason} />}
      <Failure error={error} />
      <footer>
        <span class="quiet">{session.by === undefined ? "" : `It is asked by ${session.by}.`}</span>
        <button type="button" onClick={onClose}>
          Leave it
        </button>
        <button type="submit" class={isGrave ? "grave full" : "full"} disabled={isAsking}>
          {label}
        </button>
      </footer>
    </Dialog>
  );
}

/** Asks for a reason before something is done to many. */
export function ReasonDialog(props: {
  readonly title: string;
  /** What the button says. */
  readonly label: string;
  readonly says: ComponentChildren;
  readonly isGrave: boolean;
  readonly takesReason: boolean;
  /** There is nothing to be done. */
  readonly isRefused?: boolean;
  readonly onClose: () => void;
  readonly onSubmit: (reason: string) => void;
}) {
  const { title, label, says, isGrave, takesReason, isRefused = false, onClose, onSubmit } = props;
  const { session } = useSeen();
  const [reason, setReason] = useState("");
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => !isRefused && onSubmit(reason)}>
      <p>{says}</p>
      {takesReason && <ReasonField reason={reason} onInput={setReason} />}
      <footer>
        <span class="quiet">{session.by === undefined ? "" : `It is asked by ${session.by}.`}</span>
        <button type="button" onClick={onClose}>
          Leave it
        </button>
        {!isRefused && (
          <button type="submit" class={isGrave ? "grave full" : "full"}>
            {label}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

function ReasonField({ reason, onInput }: { readonly reason: string; readonly onInput: (reason: string) => void }) {
  return (
    <label>
      Reason, for the journal
      <input value={reason} onInput={({ currentTarget }) => onInput(currentTarget.value)} maxLength={500} />
    </label>
  );
}

/** A modal form. Escape closes it, and the focus goes back to where it was. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly onSubmit: () => void;
  readonly children: ComponentChildren;
}) {
  const { title, onClose, onSubmit, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the browser takes its next event: a key that follows at once belongs to the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <h2>{title}</h2>
        {children}
      </form>
    </dialog>
  );
}
