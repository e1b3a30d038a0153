import { createAdmin } from "../admin/admin.ts";
import { findStrandedKeys, type StrandedKey } from "../admin/key-queries.ts";
import type { LookAgainInput } from "../wire/messages.ts";
import { createIngress } from "../ingress/ingress.ts";
import { createAsk } from "../ingress/patience.ts";

export interface RepairOptions {
  readonly ingress: string;
  readonly admin: string;
}

/**
 * Has each key look again that waits for an invocation which somebody has killed or purged. Resolves with what was lost, when those keys
 * have looked. @throws ProcessError `RESTATE_UNREACHABLE`, `RESTATE_REFUSED`, `RESTATE_UNREGISTERED`
 */
export async function repairRestate({ ingress: url, admin }: RepairOptions): Promise<readonly StrandedKey[]> {
  const stranded = await findStrandedKeys(createAdmin(admin));
  const ingress = createIngress(url, createAsk({ limitMs: RETRY_MS, headers: {} }));
  for (const { service, key, invocationId } of stranded) {
    const input: LookAgainInput = { lost: [invocationId] };
    const sent = await ingress.send({ service, key, handler: "lookAgain" }, invocationId, input);
    await ingress.attach(sent.invocationId);
  }
  return stranded;
}

const RETRY_MS = 10_000;
