import { join } from "node:path";
import { errorToText } from "../../src/errors.ts";
import { defineCase, interleave, type Session } from "../bench-case.ts";
import { feedByCallers } from "../feed.ts";
import { openProgram } from "../open-program.ts";
import type { PeerName } from "../peers/peer.ts";
import { peers } from "../peers/peers.ts";
import { providePeer } from "../peers/provide-peer.ts";
import type { Program } from "../program.ts";
import { compare, type Row } from "../row.ts";
import { workW1 } from "../work-w1.ts";

interface Input {
  readonly program: "perdure" | PeerName;
  readonly callers: number;
  readonly orders: number;
  /** The folder of the peer's packages. */
  readonly packages: string;
}

interface Figures {
  readonly eventsPerSecond: number;
}

const MOST_WARM_UP_ORDERS = 100;

/** W1 on what other people use for such work. */
export const peersCase = defineCase<Input, Figures>({
  name: "peers",
  measure: async (input, { folder }) => {
    const warm = await open(input, join(folder, "warm-up.db"));
    await feedByCallers(warm, Math.min(MOST_WARM_UP_ORDERS, input.orders), input.callers);
    await warm.whenIdle();
    await warm.stop();
    const program = await open(input, join(folder, "measured.db"));
    const { eventsPerSecond } = await workW1(program, input.orders, () => feedByCallers(program, input.orders, input.callers));
    await program.stop();
    return { eventsPerSecond };
  },
  run: async (session) => {
    const rows: Row[] = [];
    for (const name of Object.keys(peers) as readonly PeerName[]) {
      try {
        rows.push(...(await comparePeer(session, name)));
      } catch (error) {
        // The others are measured all the same.
        console.error(`${peers[name].title}:`, error);
        process.exitCode = 1;
      }
    }
    return rows;
  },
});

function open({ program, packages }: Input, path: string): Promise<Program> {
  return program === "perdure" ? openProgram(program, { path }) : peers[program].open({ path, packages });
}

async function comparePeer({ isQuick, rounds, measure }: Session<Input, Figures>, name: PeerName): Promise<readonly Row[]> {
  const peer = peers[name];
  let packages: string;
  try {
    const missing = peer.missing();
    if (missing !== undefined) throw new Error(missing);
    packages = providePeer(name, peer);
  } catch (error) {
    console.error(`${peer.title} is left out: ${errorToText(error)}`);
    return [];
  }
  const rows: Row[] = [];
  const most = peer.orders / (isQuick ? 5 : 1);
  for (const { callers, orders } of [
    { callers: 100, orders: most },
    { callers: 1, orders: most / 4 },
  ]) {
    const input = { callers, orders, packages };
    const pairs = await interleave(
      rounds,
      () => measure({ ...input, program: "perdure" }),
      () => measure({ ...input, program: name }),
    );
    const label = `W1 ${callers === 1 ? "one caller" : `${callers} callers`}, ${orders.toLocaleString("en")} orders, against ${peer.title}`;
    rows.push(compare(`${label}, events/s`, pairs, ({ eventsPerSecond }) => eventsPerSecond));
  }
  return rows;
}
