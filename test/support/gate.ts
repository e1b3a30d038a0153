/** A promise with what resolves it: whoever awaits `opened` waits until somebody calls `open`. */
export interface Gate<Value = void> {
  readonly opened: Promise<Value>;
  open(value: Value): void;
}

export function createGate<Value = void>(): Gate<Value> {
  let open: Gate<Value>["open"] = () => {};
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
