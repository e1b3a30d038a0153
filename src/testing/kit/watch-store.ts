import type { Store } from "../../store/store.ts";

/** A call of the store's port, such as `mailbox.remove`. */
export type OnStoreCall = (name: string, args: readonly unknown[]) => void;

/** The store, with `onCall` before each call. What that throws, the caller gets instead of an answer. */
export function watchStore(store: Store, onCall: OnStoreCall): Store {
  return watchPort(store, "", onCall);
}

function watchPort<Port extends object>(port: Port, prefix: string, onCall: OnStoreCall): Port {
  const watched = new Map<string | symbol, unknown>();
  return new Proxy(port, {
    get: (target, name) => {
      const known = watched.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      const wrapped = watchValue(value, target, prefix + String(name), onCall);
      watched.set(name, wrapped);
      return wrapped;
    },
  });
}

function watchValue(value: unknown, owner: object, name: string, onCall: OnStoreCall): unknown {
  if (typeof value === "object" && value !== null) return watchPort(value, `${name}.`, onCall);
  if (typeof value !== "function") return value;
  return (...args: readonly unknown[]): unknown => {
    onCall(name, args);
    return Reflect.apply(value, owner, args);
  };
}
