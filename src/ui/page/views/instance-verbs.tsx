import type { WireInstance } from "../../wire.ts";
import { Verb } from "../parts/verb.tsx";

/** What an operator can do to an instance as it stands. One that has ended takes nothing. */
export function InstanceVerbs({ instance, onDone }: { readonly instance: WireInstance; readonly onDone: () => void }) {
  const { processId, status, endedAt, dueAt, suspended } = instance;
  const isOpen = endedAt === undefined;
  return (
    <div class="verbs">
      <Verb
        verb="suspend-instance"
        label="Suspend"
        id={processId}
        isOffered={isOpen && suspended === undefined}
        says="It waits: its events, its timers and its commands are parked in order until it is resumed."
        onDone={onDone}
      />
      <Verb
        verb="resume-instance"
        label="Resume"
        id={processId}
        isOffered={isOpen && suspended !== undefined}
        says="It goes on: what was parked follows, and what fell due meanwhile is due at once."
        onDone={onDone}
      />
      <Verb
        verb="reschedule-instance"
        label="Move the timeout"
        id={processId}
        isOffered={isOpen && status === "started" && dueAt !== undefined}
        takesMoment
        says="It times out at another moment."
        onDone={onDone}
      />
      <Verb
        verb="cancel-instance"
        label="Cancel the instance"
        id={processId}
        isOffered={isOpen}
        isGrave
        says="It ends as cancelled. Its timers go, and so do the events and commands that wait; its open dead letters are discarded."
        onDone={onDone}
      />
    </div>
  );
}
