/** Stands between the two names of a command's own lane. A processId has no space in it. */
export const LANE_SEPARATOR = " ";

/** In which lane a command runs: `null` is that of its instance, `own` one that it has for itself. */
export type LaneKind = "own" | null;

/** What says in which lane a command runs. */
interface LanedCommand {
  readonly processId: string;
  readonly commandId: string;
  readonly lane: LaneKind;
}

/**
 * The lane that a command runs in: its instance's, in which one command follows the other, or one of its own, so that it runs beside the
 * others. What a chart has invoked always has its own.
 */
export function laneOf({ processId, commandId, lane }: LanedCommand): string {
  return lane === "own" ? nameOwnLane(processId, commandId) : processId;
}

export function nameOwnLane(processId: string, commandId: string): string {
  return `${processId}${LANE_SEPARATOR}${commandId}`;
}

/** Whether a lane is a command's own. */
export function isOwnLane(lane: string): boolean {
  return lane.includes(LANE_SEPARATOR);
}

/** What a lane is named after. `commandId`: of the one command whose own lane it is; `undefined`: it is an instance's. */
export function readLane(lane: string): { readonly processId: string; readonly commandId: string | undefined } {
  const end = lane.indexOf(LANE_SEPARATOR);
  return end === -1 ? { processId: lane, commandId: undefined } : { processId: lane.slice(0, end), commandId: lane.slice(end + 1) };
}
