/** Waits in real time, where nothing says when something has come. The unit level refuses more than a moment: see unit-level.ts. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
