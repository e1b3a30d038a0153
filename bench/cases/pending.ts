import { defineCase, interleave } from "../bench-case.ts";
import { fileSize } from "../file-size.ts";
import { type FirstEvent, openToFirstEvent } from "../first-event.ts";
import { compare, report } from "../row.ts";
import { waiting } from "../waiting.ts";

interface Figures extends FirstEvent {
  readonly fileMb: number;
}

/** W2: what timeouts cost that wait, in memory and at the start; against a file with a single one. */
export const pendingCase = defineCase<{ readonly path: string }, Figures>({
  name: "pending",
  measure: async ({ path }) => ({ ...(await openToFirstEvent(path, waiting)), fileMb: fileSize(path) / 1e6 }),
  run: async ({ isQuick, rounds, prepare, measure }) => {
    const open = isQuick ? 200_000 : 1_000_000;
    const large = await prepare({ open, completed: 0 });
    const small = await prepare({ open: 1, completed: 0 });
    const pairs = await interleave(
      rounds,
      () => measure({ path: large }),
      () => measure({ path: small }),
    );
    const label = `${open.toLocaleString("en")} pending timeouts, against 1:`;
    return [
      compare(`${label} RSS in MB`, pairs, ({ memoryMb }) => memoryMb, { of: "ours", better: "lower", must: 150, aim: 80 }),
      compare(`${label} heap in MB`, pairs, ({ heapMb }) => heapMb),
      compare(`${label} ms from opening to first event handled`, pairs, ({ handledMs }) => handledMs, {
        of: "ours",
        better: "lower",
        must: 500,
        aim: 100,
      }),
      report(
        `${open.toLocaleString("en")} pending timeouts: file in MB`,
        pairs.map(({ ours }) => ours),
        ({ fileMb }) => fileMb,
      ),
    ];
  },
});
