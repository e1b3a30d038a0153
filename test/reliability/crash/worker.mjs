// One life of a worker or a dispatcher: an OS process on the built package that follows a plan (plan.ts) until the plan is
// done or until it is killed. It is told what to do by its first message. Each effect is a line in a ledger file, written
// before anything else happens, so that it outlives the process.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { die, say, sleep, takeOrders } from "../../support/worker-side.mjs";

// Elsewhere than in ../../../dist/ when that may be built anew meanwhile.
const dist = new URL(process.env.PERDURE_DIST ?? "../../../dist/", import.meta.url);
const { assembleSystem } = await import(new URL("system/create-process-system.js", dist));
const { definePolicy, defineProcess, defineSchedule, NonRetryableError } = await import(new URL("index.js", dist));

const FAR_MS = 60_000;
const PATIENCE_MS = 20_000;
// As life.ts has it.
const SUICIDE = 86;

takeOrders((orders) => {
  live(orders).catch((error) => {
    if (orders.secondSqlite !== undefined && error?.code === "STORE_REPLACED") die("SIGKILL");
    say({ at: "error", message: String(error?.stack ?? error) });
    setTimeout(() => process.exit(1), 50);
  });
});
say({ at: "ready" });

// Now and then only reading, which leaves it to the next process to take the log away.
async function disturb(path, nativeBinding, life) {
  for (let times = 0; ; times += 1) {
    await sleep(5 + ((life * 37 + times * 61) % 120));
    const second = new SqliteDatabase(path, { nativeBinding, readonly: times % 2 === 1 });
    second.prepare("SELECT count(*) FROM perdure_journal").get();
    second.close();
  }
}

/** The clock of a plan that has a pace is as much faster, and the same for all OS processes. */
function createClock({ began = 0, pace = 1 }) {
  return {
    now: () => (pace === 1 ? Date.now() : Math.floor(began + (Date.now() - began) * pace)),
    setTimeout: (callback, ms) => setTimeout(() => callback(), ms / pace),
    clearTimeout: (timer) => clearTimeout(timer),
  };
}

async function live(orders) {
  const { folder, role, life, dispatches, kill, maxRetries, hasLetterFile, memoryLimits, secondSqlite, domain, stage } = orders;
  const plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
  const { pace = 1 } = plan;
  const clock = createClock(plan);
  const eventById = new Map(plan.events.map((event) => [event.eventId, event]));
  // A kill can cut a write off, so each line brings its own beginning, and a torn one does not spoil the next.
  const write = (file, ...lines) => appendFileSync(join(folder, file), lines.map((line) => `\n${JSON.stringify(line)}`).join(""));
  const isMended = () => existsSync(join(folder, "mended"));

  // What every handler does: a line, then what its behaviour says.
  const act = async (facts, behaviour, attempt, work = async () => {}) => {
    const at = clock.now();
    write("ledger.jsonl", { ...facts, attempt, life, at });
    try {
      await work();
      if (behaviour.takesMs > 0) await sleep(behaviour.takesMs);
      if (behaviour.breaks === "exits" && !isMended()) process.exit(SUICIDE);
      if (behaviour.breaks === "aborts" && !isMended()) die("SIGABRT");
      if (behaviour.breaks === "at-once" && !isMended()) throw new NonRetryableError("broken at once");
      if (behaviour.breaks === "after-retries" && !isMended()) throw new Error("broken");
      if (attempt <= behaviour.throws) throw new Error(`attempt ${attempt} of ${behaviour.throws} that fail`);
    } finally {
      write("ledger.jsonl", { what: "end", of: facts.what, key: facts.key, attempt, life });
    }
  };

  const { createDomain } = await import(new URL(`${domain}/domain.mjs`, import.meta.url));
  const made = { plan, act, clock, definePolicy, defineProcess, defineSchedule };
  const {
    parts,
    counted,
    settlementOf,
    suspends,
    cancels,
    countDone = () => 0,
    ticksEnd = () => 0,
    plant = (store) => store,
  } = createDomain({ ...orders, ...made });

  const scheduled = parts.schedules?.length ?? 0;
  let transactions = 0;
  let main;
  const wrapStore = (inner) => {
    const store = plant(inner);
    main = store;
    if (kill === undefined) return store;
    const transact = (work) => {
      const isIt = (transactions += 1) === kill.transaction;
      if (isIt && kill.place === "before") die("SIGKILL");
      const result = store.transact(() => {
        const done = work();
        if (isIt && kill.place === "inside") die("SIGKILL");
        return done;
      });
      if (isIt && kill.place === "after") die("SIGKILL");
      return result;
    };
    return { ...store, transact };
  };

  const log = (level) => (message, fields) => {
    // It is what the disturbance has to lead to, and the end of this life.
    if (secondSqlite !== undefined && fields?.error?.code === "STORE_REPLACED") return;
    // So are dead letters what the plan has in mind; any other error is none of its.
    if (fields?.deadLetterId !== undefined) return;
    say({ at: "log", level, message, error: String(fields?.error?.stack ?? "") });
  };
  const noteGone = (message, { process, aggregateId, eventId } = {}) => {
    if (/ goes, because no instance has started/.test(message))
      write("ledger.jsonl", { what: "gone", process, aggregateId, eventId, life });
  };
  const { system } = await assembleSystem(
    {
      ...parts,
      ...(pace > 1 && { clock }),
      role,
      store: { path: join(folder, "perdure.db") },
      processes: {
        retry: { maxRetries, initialDelay: 8 * pace, maxDelay: 40 * pace, jitter: 0.5 },
        lease: 1_000 * pace,
        ...(pace > 1 && { handlerTimeout: "1d" }),
        ...(hasLetterFile && { dlq: { type: "sqlite", path: join(folder, "letters.db") } }),
      },
      logger: { debug: () => {}, info: noteGone, warn: () => {}, error: log("error") },
    },
    { wrapStore, memoryLimits },
  );
  const { journal, events } = main.retention.size().rows;
  const instances = await system.processes.find({ process: counted, limit: 100 });
  const countOf = (version) => instances.filter((instance) => instance.version === version).length;
  say({ at: "up", progress: journal + events + countDone(), found: { 1: countOf(1), 2: countOf(2) } });
  await system.start();
  // It may itself be refused by a lock, and has done its worst by then.
  if (secondSqlite !== undefined) disturb(join(folder, "perdure.db"), secondSqlite, life).catch(() => {});

  const readAcks = () => {
    const path = join(folder, "acks.jsonl");
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    return new Set(lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line).eventId));
  };

  const dispatchStream = async (batches) => {
    const acked = readAcks();
    for (const batch of batches) {
      const left = batch.filter((eventId) => !acked.has(eventId)).map((eventId) => eventById.get(eventId));
      if (left.length === 0) continue;
      const receipts = left.length === 1 ? [await system.dispatch(left[0])] : await system.dispatch(left);
      write("acks.jsonl", ...receipts.map(({ eventId, outcome }) => ({ eventId, outcome, life, at: Date.now() })));
      // Now and then one that was acknowledged is dispatched again.
      if (receipts[0].eventId.length % 7 === 0) {
        const again = await system.dispatch(left[0]);
        write("acks.jsonl", { eventId: again.eventId, outcome: again.outcome, life, at: Date.now() });
      }
      await sleep(plan.pausesMs?.[batch[0]] ?? batch.length % 3);
    }
  };

  // Commands from outside, each of which is dispatched again now and then.
  const readOutside = () => {
    const path = join(folder, "outside.jsonl");
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    return new Set(lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line).commandId));
  };

  const { outside = [] } = plan;
  const dispatchOutside = async () => {
    const acked = readOutside();
    for (const [index, { commandId, aggregateId, delayMs, payload }] of outside.entries()) {
      if (acked.has(commandId) && index % 5 !== 0) continue;
      const options = { aggregateId, commandId, ...(delayMs !== null && { delay: delayMs }), payload };
      for (let times = index % 3 === 0 ? 2 : 1; times > 0; times -= 1) {
        const { outcome, dueAt } = await system.commands.tell(options);
        write("outside.jsonl", { commandId, outcome, dueAt: dueAt.getTime(), life });
      }
      await sleep(index % 7);
    }
  };

  const settleLetters = async () => {
    for (const letter of await system.deadLetters.list({ limit: 1_000 })) {
      const { id } = letter;
      try {
        await (settlementOf(letter) === "retry" ? system.deadLetters.retry(id) : system.deadLetters.discard(id, { reason: "planned" }));
      } catch (error) {
        // Another letter of the instance was discarded, and this one with it.
        if (error.code !== "DEAD_LETTER_SETTLED") throw error;
      }
    }
  };

  // Suspends an instance and resumes another, again and again, as long as events come. What is suspended when this life ends stays so.
  const operate = async () => {
    for (let times = life; suspends !== undefined && readAcks().size < plan.events.length; times += 1) {
      await sleep(10 + ((times * 37) % 50));
      if (system.state !== "working") continue;
      const open = (await system.processes.find({ status: "started", limit: 100 })).filter(suspends);
      const { processId, suspended } = open[(times * 7) % open.length] ?? {};
      if (processId === undefined) continue;
      await system.processes[suspended === undefined ? "suspend" : "resume"](processId, { by: `life ${life}` }).catch((error) => {
        if (!/^(?:INSTANCE_|SYSTEM_STOPPED|LEASE_LOST|STORE_)/.test(error.code)) throw error;
      });
    }
  };

  const cancelThoseToStay = async () => {
    for (const { processId } of (await system.processes.find({ status: "started", limit: 1_000 })).filter(cancels ?? (() => false)))
      await system.processes.cancel(processId, { by: `life ${life}`, reason: "planned" });
  };

  const finish = async () => {
    let quietSince;
    for (;;) {
      if (suspends !== undefined && readAcks().size === plan.events.length) {
        await operating;
        await system.processes.resumeAll({});
      }
      await system.whenIdle();
      // A schedule always has a next moment.
      const next = (await system.timers.list({ limit: 2 + scheduled })).find(({ kind }) => kind !== "schedule");
      const now = clock.now();
      if (next !== undefined && next.dueAt.getTime() < now + FAR_MS * pace && next.dueAt.getTime() > now - PATIENCE_MS * pace)
        quietSince = undefined;
      else if (readAcks().size < plan.events.length || readOutside().size < outside.length) quietSince = undefined;
      else if (now <= ticksEnd() + FAR_MS) quietSince = undefined;
      else if ((await system.deadLetters.list()).length > 0) {
        quietSince = undefined;
        if (!isMended()) writeFileSync(join(folder, "mended"), String(clock.now()));
        await settleLetters();
        continue;
      } else {
        const { waiting, parked, overdueTimers, pendingCommands } = await system.lag();
        if (waiting + parked + overdueTimers + pendingCommands === 0) return cancelThoseToStay();
        quietSince ??= now;
        if (now - quietSince > (PATIENCE_MS * pace) / 4) throw new Error(`idle with work left: ${JSON.stringify(await system.lag())}`);
      }
      await sleep(10);
    }
  };

  const operating = role === "worker" ? operate() : Promise.resolve();
  operating.catch((error) => say({ at: "error", message: String(error?.stack ?? error) }));
  const streams = stage === 4 ? plan.streams : plan.streams.map((batches, index) => batches.slice(0, plan.stageEnds[index][stage - 1]));
  await Promise.all(dispatches ? [...streams.map(dispatchStream), dispatchOutside()] : []);
  // What is deployed next takes its place in the midst of its work.
  if (stage < 4) await sleep((life * 53) % 300);
  else if (role === "worker") {
    while (system.state !== "working") await sleep(10);
    await finish();
  }
  await system.stop();
  say({ at: "done", transactions });
  setTimeout(() => process.exit(0), 20);
}
