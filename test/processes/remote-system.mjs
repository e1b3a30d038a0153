// A system in an OS process of its own, on the built package. The first message says what it is; each one after it calls
// something and is answered. Handlers write a line to a ledger file, and fail as long as there is a file `broken`.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createProcessSystem, defineProcess } from "perdure";
// What only tests may do has no name in the package.
import { assembleSystem } from "../../dist/system/create-process-system.js";
import { block, describeError, die, leave, never, say, sleep, takeOrders } from "../support/worker-side.mjs";

takeOrders(async ({ name, folder, dieAt, defines = ["order-lifecycle"], ...given }) => {
  const write = (line) => appendFileSync(join(folder, "ledger.txt"), `${line} by ${name}\n`);
  const logged = [];
  let system;

  const handle = async ({ event, attempt, signal }) => {
    const { hang, slow } = event.payload;
    write(`${event.type} ${event.aggregateId} ${event.eventId} attempt ${attempt}`);
    if (hang && attempt === 1 && !existsSync(join(folder, "unhang"))) await never;
    if (slow) await sleep(slow);
    if (existsSync(join(folder, "broken"))) throw new TypeError("the handler is broken");
    signal.throwIfAborted();
  };
  const definitions = defines.map((definition) =>
    defineProcess({
      aggregate: "order",
      name: definition,
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderFulfilled"],
      timeout: "365d",
      on: { OrderPlaced: handle, PaymentReceived: handle, OrderFulfilled: handle },
    }),
  );
  const log = (level) => (message, fields) => logged.push({ level, message, code: fields?.error?.code });
  const options = {
    store: { path: join(folder, "perdure.db") },
    definitions,
    logger: { debug: () => {}, info: () => {}, warn: log("warn"), error: log("error") },
    ...given,
    processes: { retry: { retryStrategy: "none" }, ...given.processes },
  };
  // Whether the transaction that is open, or comes next, has an event of the kind at which it is to die: one that was relayed, or one that is
  // handled in the commit that accepts it, which has its position before it is stored.
  let hasCome = false;
  const [place, kind] = dieAt?.split(" ") ?? [];
  const isOfKind = { relayed: (event) => event.routes !== undefined, ahead: (_, position) => position !== undefined }[kind];
  const dieAtPlace = (here) => {
    if (hasCome && place === here) die("SIGKILL");
  };
  // Killed with the letter in its file, before the main store knows; or at an event.
  const wrapStore = (store) => ({
    ...store,
    events: {
      ...store.events,
      append: (event, position) => {
        hasCome ||= isOfKind?.(event, position) === true;
        dieAtPlace("before");
        return store.events.append(event, position);
      },
    },
    transact: (work) => {
      const result = store.transact(() => {
        const done = work();
        dieAtPlace("inside");
        return done;
      });
      dieAtPlace("after");
      return result;
    },
    deadLetters: {
      ...store.deadLetters,
      markHandedOver: (...args) => {
        if (dieAt === "mark") die("SIGKILL");
        return store.deadLetters.markHandedOver(...args);
      },
    },
  });

  const methods = {
    start: () => system.start(),
    stop: (how) => system.stop(how),
    state: () => system.state,
    dispatch: (events) => system.dispatch(events),
    dispatchEach: (events) => Promise.all(events.map((event) => system.dispatch(event))),
    // A closed loop for each of `inFlight`: the next call begins when the one before has resolved.
    keepDispatching: async (prefix, inFlight) => {
      let count = 0;
      const callers = Array.from({ length: inFlight }, async () => {
        while (!existsSync(join(folder, "enough")))
          await system.dispatch({ type: "OrderPlaced", aggregateId: `${prefix}-${(count += 1)}` });
      });
      await Promise.all(callers);
      return count;
    },
    whenIdle: () => system.whenIdle(),
    lag: () => system.lag(),
    find: async (filter) => [...(await system.processes.find(filter))],
    history: (processId) => system.processes.history(processId),
    waitFor: (filter, until) => system.processes.waitFor(filter, until),
    letters: async (filter) => [...(await system.deadLetters.list(filter))],
    retry: (id) => system.deadLetters.retry(id),
    discard: (id, how) => system.deadLetters.discard(id, how),
    retryAll: async (filter) =>
      (await system.deadLetters.retryAll(filter)).map(({ id, outcome, error }) => ({ id, outcome, code: error?.code })),
    overview: () => system.overview.getSnapshot().context,
    prune: () => system.prune(),
    logged: () => logged,
    // The whole OS process stands still, as in a swapped-out container; then it dispatches before anything else can happen.
    standStillThenDispatch: (ms, event) => {
      block(ms);
      return system.dispatch(event);
    },
    // After the answer, and in no transaction, which a signal could find it in.
    standStill: (ms) => void setImmediate(block, ms),
    // After the answer.
    leave: () => void setImmediate(leave),
  };

  process.on("message", ({ call, method, args }) => {
    // In the very turn in which the message comes.
    Promise.resolve(methods[method](...args)).then(
      (result) => say({ call, result }),
      (error) => say({ call, error: describeError(error) }),
    );
  });
  try {
    system = dieAt === undefined ? await createProcessSystem(options) : (await assembleSystem(options, { wrapStore })).system;
    system.processes.subscribe(({ kind }) => {
      if (dieAt === `commit of ${kind}`) die("SIGKILL");
    });
    say({ ready: true });
  } catch (error) {
    say({ ready: false, error: describeError(error) });
  }
});
