import { setup } from "xstate";

export const machine = setup({ actions: { sendReminder: () => {} } }).createMachine({
  initial: "waiting",
  states: { waiting: { entry: "sendReminder", on: { StockReserved: "reserved" } }, reserved: { type: "final" } },
});
