/** An error as it is kept in a dead letter and in the journal. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly cause?: ErrorRecord;
}

/** Anything that was thrown, as plain data; causes are followed, five deep. */
export function recordError(error: unknown, depth = 5): ErrorRecord {
  if (!(error instanceof Error)) return { name: "Error", message: describeThrown(error) };
  return {
    name: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...("code" in error && typeof error.code === "string" && { code: error.code }),
    ...(error.cause !== undefined && depth > 0 && { cause: recordError(error.cause, depth - 1) }),
  };
}

function describeThrown(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
