import type { LetterAnswer } from "../../wire.ts";

/** An error with all that is known of it, as text. */
export function ErrorBlock({ error }: { readonly error: LetterAnswer["error"] }) {
  const { name, message, stack, code, status, properties, cause, errors = [] } = error;
  const more = { ...(code !== undefined && { code }), ...(status !== undefined && { status }), ...properties };
  return (
    <div class="error">
      <p>
        <b>{name}</b> {message}
      </p>
      {Object.keys(more).length > 0 && (
        <pre tabIndex={0} aria-label="Properties of the error">
          {JSON.stringify(more, undefined, 2)}
        </pre>
      )}
      {stack !== undefined && (
        <details>
          <summary>Stack</summary>
          <pre tabIndex={0} aria-label="Stack">
            {stack}
          </pre>
        </details>
      )}
      {[...errors, ...(cause === undefined ? [] : [cause])].map((inner, index) => (
        <div key={index} class="cause">
          <p class="quiet">{index < errors.length ? "One of its errors:" : "Caused by:"}</p>
          <ErrorBlock error={inner} />
        </div>
      ))}
    </div>
  );
}
