/** Runs `callback` in the next turn of the event loop, after the promises that are ready now. */
export function nextTurn(callback: () => void): void {
  setImmediate(callback);
}
