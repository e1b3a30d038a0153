/** What a stretch of work took. */
export interface Usage {
  readonly wallMs: number;
  /** Of all threads of the OS process, user and system. */
  readonly cpuMs: number;
}

export async function measureUsage(work: () => Promise<void>): Promise<Usage> {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

/** The most memory the OS process has had, in MB. */
export function peakMemoryMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
