/** Sometimes there is nothing left. */
export function handler({ command }) {
  return { left: command.payload.item === "lamp" ? -1 : 3 };
}
