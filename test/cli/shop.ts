import { join } from "node:path";
import { createProcessSystem, type ProcessSystemOptions } from "perdure";
import { Project } from "./perdure.ts";

/** An event that is sent. */
export interface Sent {
  readonly type: string;
  readonly aggregateId: string;
  readonly payload?: unknown;
}

export const place = (id: string): Sent => ({ type: "OrderPlaced", aggregateId: id, payload: { of: id } });
export const fulfil = (id: string): Sent => ({ type: "OrderFulfilled", aggregateId: id });

/** A project in which these events were handled, and no worker any more. */
export async function openShop(events: readonly Sent[] = [], files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = new Project(files);
  await work(project, events);
  return project;
}

/** Handles these events in this OS process, which the command's is not. */
export async function work({ folder }: Project, events: readonly Sent[], options: Partial<ProcessSystemOptions> = {}): Promise<void> {
  const system = await createProcessSystem({
    domain: join(folder, "domain"),
    store: { path: join(folder, "shop.db"), synchronous: "normal" },
    commands: { sendWelcomeEmail: () => {} },
    ...options,
  });
  await system.start();
  await system.dispatch(events);
  await system.whenIdle();
  await system.stop();
}
