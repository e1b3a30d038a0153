import { join } from "node:path";
import { defineCase, interleave } from "../bench-case.ts";
import { expectEqual } from "../check.ts";
import { openShop } from "../own-tables.ts";
import type { ProgramName } from "../program.ts";
import { compare } from "../row.ts";
import { measureUsage } from "../usage.ts";

interface Input {
  readonly program: ProgramName;
  readonly orders: number;
}

interface Figures {
  readonly ordersPerSecond: number;
  readonly cpuMicrosecondsPerOrder: number;
}

/** One order after another: its row and its event in the shop's transaction, and a command whose effect is in the one that settles it. */
export const ownTablesCase = defineCase<Input, Figures>({
  name: "own-tables",
  measure: async ({ program, orders }, { folder }) => {
    await sell(program, join(folder, "warm-up.db"), 300);
    return sell(program, join(folder, "measured.db"), orders);
  },
  run: async ({ isQuick, rounds, measure }) => {
    const orders = isQuick ? 500 : 2_000;
    const pairs = await interleave(
      rounds,
      () => measure({ program: "perdure", orders }),
      () => measure({ program: "ceiling", orders }),
    );
    const label = `${orders.toLocaleString("en")} orders with a row, an event and a receipt, one caller`;
    return [
      compare(`${label}, orders/s`, pairs, ({ ordersPerSecond }) => ordersPerSecond),
      compare(`${label}, CPU µs/order`, pairs, ({ cpuMicrosecondsPerOrder }) => cpuMicrosecondsPerOrder),
    ];
  },
});

async function sell(name: ProgramName, path: string, orders: number): Promise<Figures> {
  const shop = await openShop(name, path);
  const { wallMs, cpuMs } = await measureUsage(async () => {
    for (let order = 0; order < orders; order += 1) {
      shop.place(order);
      // Whoever serves requests comes back to the event loop between two of them.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await shop.whenIdle();
  });
  for (const table of ["orders", "receipts"]) {
    expectEqual(table, shop.database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!, orders);
  }
  await shop.stop();
  return { ordersPerSecond: (orders / wallMs) * 1_000, cpuMicrosecondsPerOrder: (cpuMs / orders) * 1_000 };
}
