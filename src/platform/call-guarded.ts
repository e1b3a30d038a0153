/** Calls what is not ours. What it throws, or what the promise that it returns rejects with, is told and harms nothing. */
export function callGuarded(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(onError);
  } catch (error) {
    onError(error);
  }
}
