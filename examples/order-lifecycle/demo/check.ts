/** The story does not go as it is told. */
export class StoryError extends Error {
  override readonly name = "StoryError";
}

/** @throws StoryError unless `seen` is `expected` */
export function check(what: string, expected: unknown, seen: unknown): void {
  const [wanted, found] = [show(expected), show(seen)];
  if (wanted !== found) throw new StoryError(`${what}\n  expected: ${wanted}\n  seen:     ${found}`);
}

/** @throws StoryError when `promise` takes longer; `seen` tells what there is instead */
export async function within<Value>(seconds: number, what: string, promise: Promise<Value>, seen: () => string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const give = () => reject(new StoryError(`${what}\n  expected: within ${seconds} s\n  seen:     ${seen()}`));
    timer = setTimeout(give, seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
