import { type Ended, jiti, runNode } from "../support/os-process.ts";

/** Runs `main.ts` of an example as an OS process, as its npm script does. */
export function runExample(name: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runNode([jiti, `examples/${name}/main.ts`], { env });
}
