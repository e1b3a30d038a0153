/** Stands between the two names of a command's own lane. A processId has no space in it. */
export const LANE_SEPARATOR = " ";

/** Begins the lane of commands that belong to no instance, and one of their own lanes. No processId begins with either. */
export const UNOWNED = "@";
export const UNOWNED_OWN = "=";

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
  if (!isUnowned(processId)) return `${processId}${LANE_SEPARATOR}${commandId}`;
  // The id of a command from outside may have spaces, and the aggregate too: what is behind the last space is the id.
  const id = commandId.replaceAll("%", "%25").replaceAll(" ", "%20");
  return `${UNOWNED_OWN}${processId.slice(UNOWNED.length)}${LANE_SEPARATOR}${id}`;
}

/**
 * The lane of commands that belong to no instance. It stands in the place of their processId. `owner`: the policy that they are attempts of, or
 * that has dispatched them; empty for those that were dispatched from outside.
 */
export function laneWithoutInstance(owner: string, aggregateId: string): string {
  return `${UNOWNED}${owner}${LANE_SEPARATOR}${aggregateId}`;
}

/** Whether a command with this processId belongs to no instance. */
export function isUnowned(processId: string): boolean {
  return processId.startsWith(UNOWNED);
}

/** Whether a command was dispatched from outside. */
export function isFromOutside({ processId }: Pick<LanedCommand, "processId">): boolean {
  return processId.startsWith(laneWithoutInstance("", ""));
}

/** Whether a lane is a command's own. */
export function isOwnLane(lane: string): boolean {
  return lane.includes(LANE_SEPARATOR) && !isUnowned(lane);
}

/** What a lane is named after. `commandId`: of the one command whose own lane it is; `undefined`: it is an instance's, or that of an aggregate. */
export function readLane(lane: string): { readonly processId: string; readonly commandId: string | undefined } {
  if (!isOwnLane(lane)) return { processId: lane, commandId: undefined };
  if (!lane.startsWith(UNOWNED_OWN)) {
    const end = lane.indexOf(LANE_SEPARATOR);
    return { processId: lane.slice(0, end), commandId: lane.slice(end + 1) };
  }
  const end = lane.lastIndexOf(LANE_SEPARATOR);
  const commandId = lane
    .slice(end + 1)
    .replaceAll("%20", " ")
    .replaceAll("%25", "%");
  return { processId: `${UNOWNED}${lane.slice(UNOWNED_OWN.length, end)}`, commandId };
}
