import type { ComponentChildren } from "preact";
import type { JsonText } from "../../wire.ts";
import type { ApiError } from "./api.ts";
import { toHash } from "./route.ts";

export const statusNames: Readonly<Record<string, string>> = {
  started: "started",
  completed: "completed",
  timed_out: "timed out",
  failed: "failed",
  cancelled: "cancelled",
};

export function StatusMark({ status }: { readonly status: string }) {
  return <span class={`status ${status}`}>{statusNames[status] ?? status}</span>;
}

export function Count({ of, one, many = `${one}s` }: { readonly of: number; readonly one: string; readonly many?: string }) {
  return (
    <>
      {of.toLocaleString()} {of === 1 ? one : many}
    </>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Failure({ error }: { readonly error: ApiError | undefined }) {
  if (error === undefined) return null;
  // It is not broken: there is none of it where the instances are kept.
  if (error.code === "RESTATE_UNSUPPORTED") {
    return (
      <Empty>
        {error.message}. {error.hint}
      </Empty>
    );
  }
  return (
    <p class="failure" role="alert">
      {error.message} {error.hint}
    </p>
  );
}

/** What stands where something will be. It keeps its place, so that nothing jumps. */
export function Loading() {
  return <p class="loading">…</p>;
}

export function InstanceLink({ id, children }: { readonly id: string | undefined; readonly children: ComponentChildren }) {
  if (id === undefined || id === "") return <>{children}</>;
  return <a href={toHash({ view: "instance", id })}>{children}</a>;
}

export function ProcessLink({ process }: { readonly process: string }) {
  if (process === "") return <span class="quiet">none</span>;
  return <a href={toHash({ view: "process", id: process })}>{process}</a>;
}

/** JSON as text, never as anything else. */
export function JsonBlock({ json, label }: { readonly json: JsonText; readonly label: string }) {
  return (
    <>
      <pre class="json" tabIndex={0} aria-label={label}>
        {json.text}
      </pre>
      {json.length > json.text.length && (
        <p class="quiet">
          The first {json.text.length.toLocaleString()} of {json.length.toLocaleString()} characters. `perdure show --payloads` has all.
        </p>
      )}
    </>
  );
}

export function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== null && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
