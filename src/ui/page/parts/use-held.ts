import { useRef, useState } from "preact/hooks";

/** What is to be spread on the element that is held. */
export interface Holding {
  readonly onPointerEnter: () => void;
  readonly onPointerLeave: () => void;
  readonly onFocusIn: () => void;
  readonly onFocusOut: () => void;
}

/** Keeps what is shown as it is while the reader points at it, or has the focus in it; then what has come meanwhile is shown. */
export function useHeld<Value>(value: Value): readonly [Value, Holding] {
  const [isHeld, setHeld] = useState(false);
  const shown = useRef(value);
  if (!isHeld) shown.current = value;
  const hold = () => setHeld(true);
  const letGo = () => setHeld(false);
  return [shown.current, { onPointerEnter: hold, onPointerLeave: letGo, onFocusIn: hold, onFocusOut: letGo }];
}
