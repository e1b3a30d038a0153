// The processes that are killed: what an event does is in its payload. `act` is called by every handler before anything else.

export function createShop({ defineProcess, act, watchTimeout }) {
  const onEvent =
    (process, ...dispatched) =>
    async ({ event, commands, attempt, idempotencyKey }) => {
      const { aggregateId, type, eventId, payload = {} } = event;
      await act({ what: "event", process, aggregateId, type, id: eventId, attempt, idempotencyKey }, payload);
      const { takesMs = 0, commandThrows = 0 } = payload;
      for (const [name, delay] of dispatched)
        await commands[name]({ aggregateId, payload: { takesMs, throws: commandThrows }, ...(delay && { delay }) });
    };
  const onCommand = async ({ command, attempt, idempotencyKey }) => {
    const { aggregateId, type, payload = {} } = command;
    await act(
      { what: "command", process: command.metadata.process, aggregateId, type, id: idempotencyKey, attempt, idempotencyKey },
      payload,
    );
  };
  const define = (aggregate, name, more) => defineProcess({ aggregate, name, ...more });
  return {
    definitions: [
      // Its events go straight to its object.
      define("order", "lifecycle", {
        startedBy: ["Placed"],
        completedBy: ["Fulfilled"],
        timeout: "1h",
        on: {
          Placed: onEvent("order/lifecycle", ["reserve"], ["remind", "300ms"]),
          Paid: onEvent("order/lifecycle", ["ship"]),
          Noted: onEvent("order/lifecycle"),
          Fulfilled: onEvent("order/lifecycle", ["thank"]),
        },
      }),
      define("order", "watch", {
        startedBy: ["Watched"],
        completedBy: [],
        timeout: watchTimeout,
        on: { Watched: onEvent("order/watch") },
        onTimedOut: onEvent("order/watch", ["escalate"]),
      }),
      // These two share events, which therefore come by the intake.
      define("parcel", "track", {
        startedBy: ["Sent"],
        completedBy: ["Arrived"],
        timeout: "1h",
        on: { Sent: onEvent("parcel/track"), Moved: onEvent("parcel/track"), Arrived: onEvent("parcel/track") },
      }),
      define("parcel", "bill", {
        startedBy: ["Sent"],
        completedBy: ["Arrived"],
        timeout: "1h",
        on: { Sent: onEvent("parcel/bill"), Arrived: onEvent("parcel/bill", ["charge"]) },
      }),
    ],
    commands: Object.fromEntries(["reserve", "remind", "ship", "thank", "escalate", "charge"].map((name) => [name, onCommand])),
  };
}
