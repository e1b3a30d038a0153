// The processes of jobs: each event is for the instance of its aggregate. What a handler does is what its event says.

export function createDomain({ plan, act, defineProcess, watchTimeoutMs }) {
  const sayCommands = async (says, event, commands) => {
    for (const [index, { name, delayMs, payload }] of says.entries()) {
      const command = commands[name]({ aggregateId: event.aggregateId, ...(delayMs !== null && { delay: delayMs }), ...payload });
      // An un-awaited command is part of the attempt all the same.
      if (index % 2 === 0) await command;
    }
  };

  const handler = (find) => async (args) => {
    const { event, context, commands, process: instance, idempotencyKey, attempt } = args;
    const behaviour = find(event);
    const { process, processId } = instance;
    const { type, aggregateId, eventId } = event;
    const facts = { what: "handler", process, processId, type, aggregateId, eventId, key: idempotencyKey };
    await act(facts, behaviour, attempt, () => sayCommands(behaviour.says, event, commands));
    // Each step adds itself, so that one that is lost or done twice shows.
    if (context !== undefined) return { seen: [...context.seen, eventId], last: eventId, ended: type === "WatchEnded" };
  };

  // What the handlers of a process that remembers have seen.
  const context = {
    "~standard": {
      version: 1,
      vendor: "crash",
      validate: ({ seen = [], last = "", ended = false }) => ({ value: { seen, last, ended } }),
    },
  };

  const commandHandler = async ({ command, idempotencyKey, attempt }) => {
    const { commandId, type, aggregateId, payload, metadata } = command;
    const { processId, dueAt } = metadata;
    const facts = {
      what: "command",
      processId,
      type,
      aggregateId,
      commandId,
      tag: payload.tag,
      dueAt: dueAt.getTime(),
      key: idempotencyKey,
    };
    await act(facts, payload, attempt);
    return payload.answers.map((answer) => ({ type: "JobAnswered", aggregateId, payload: answer }));
  };

  const own = handler(({ payload }) => payload);
  const onFailed = handler(({ aggregateId }) => plan.instances[aggregateId].onFailed);
  const definitions = [
    defineProcess({
      aggregate: "job",
      name: "run",
      startedBy: ["JobStarted"],
      completedBy: { JobFinished: "finished" },
      context,
      index: ["last"],
      timeout: "365d",
      on: { JobStarted: own, JobStepped: own, JobAnswered: own, JobFinished: own },
      onFailed,
    }),
    defineProcess({
      aggregate: "job",
      name: "audit",
      startedBy: ["JobStarted"],
      completedBy: ["JobFinished"],
      timeout: "365d",
      on: { JobStepped: handler(({ payload }) => ({ throws: payload.auditThrows, breaks: null, takesMs: 0, says: [] })) },
    }),
    defineProcess({
      aggregate: "deadline",
      name: "watch",
      startedBy: ["WatchStarted"],
      completedBy: [],
      context,
      completeWhen: ({ context: { ended } }) => ended,
      index: ["last"],
      timeout: watchTimeoutMs,
      on: { WatchStarted: own, WatchEnded: own },
      onTimedOut: handler(({ aggregateId }) => plan.instances[aggregateId].onTimedOut),
      onFailed,
    }),
  ];

  const isSuicidal = (kind, aggregateId, { payload }) => {
    const { onTimedOut, onFailed } = plan.instances[aggregateId];
    const { breaks } = kind === "timed_out" ? onTimedOut : kind === "failed" ? onFailed : payload;
    return breaks === "exits" || breaks === "aborts";
  };

  return {
    parts: { definitions, commands: { charge: commandHandler, remind: commandHandler } },
    counted: "job/run",
    // What a suspension does not make too late.
    suspends: ({ aggregateId }) => plan.instances[aggregateId].aggregate === "job",
    cancels: ({ aggregateId }) => plan.instances[aggregateId].fate === "stays",
    // What only had the bad luck of being killed again and again while it ran alone is retried.
    settlementOf: ({ aggregateId, error, kind, event, command }) =>
      error.code === "WORKER_DIED" && !isSuicidal(kind, aggregateId, event ?? command) ? "retry" : plan.instances[aggregateId].settlement,
  };
}
