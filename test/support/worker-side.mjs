// What the programs share that tests start as OS processes of their own and that talk in messages (os-process.ts is the other side).

export const never = new Promise(() => {});

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The whole OS process stands still, as in a swapped-out container. */
export const block = (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Tells the test something, if the test is still there. */
export const say = (message) => process.connected && process.send(message);

/** Ends by a signal, before anything else happens. */
export function die(signal) {
  process.kill(process.pid, signal);
  for (;;) block(60_000);
}

/** An error as a message carries it. */
export const describeError = ({ name, code, message, hint }) => ({ name, code, message, hint });

const leaveAlone = () => process.exit(1);

/** Calls `live` with the first message. When the test is gone, so is this OS process. */
export function takeOrders(live) {
  process.once("disconnect", leaveAlone);
  process.once("message", live);
}

/** From now on it ends by itself, once nothing else keeps it alive. */
export function leave() {
  process.off("disconnect", leaveAlone).disconnect();
}
