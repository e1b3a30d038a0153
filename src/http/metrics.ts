import type { Health } from "../observe/health.ts";
import type { Overview } from "../observe/overview.ts";

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What Prometheus collects, in its text format 0.0.4. Without an answer of the store there are only `perdure_live` and `perdure_ready`. */
export function writeMetrics({ isLive, isReady, state, lag }: Health, { overview }: { readonly overview: Overview }): string {
  const gauge = (name: string, help: string, value: number) => writeFamily(name, "gauge", help, [{ value }]);
  const own = [
    gauge("perdure_live", "1 while the system can go on by itself.", Number(isLive)),
    gauge("perdure_ready", "1 while the system does its part.", Number(isReady)),
    gauge("perdure_worker", "1 while this OS process is the worker.", Number(state === "working")),
  ];
  if (lag === undefined) return own.join("");
  const { counts } = overview.getSnapshot().context;
  const instances = Object.entries(counts).flatMap(([process, statuses]) =>
    Object.entries(statuses).map(([status, value]) => ({ labels: { process, status }, value })),
  );
  const limited = Object.entries(lag.awaitingLimit).map(([command, value]) => ({ labels: { command }, value }));
  return [
    ...own,
    writeFamily("perdure_instances", "gauge", "Instances by process and status.", instances),
    writeFamily("perdure_events_accepted_total", "counter", "Events accepted since the store was made.", [{ value: lag.accepted }]),
    writeFamily("perdure_events_handled_total", "counter", "Accepted events that wait for no instance any more.", [{ value: lag.handled }]),
    gauge("perdure_events_waiting", "Mailbox entries that wait for their turn or for another attempt.", lag.waiting),
    gauge("perdure_events_parked", "Mailbox entries that wait behind a dead letter or a suspension.", lag.parked),
    gauge("perdure_events_kept", "Early events that wait for their instance.", lag.keptEvents),
    gauge("perdure_oldest_waiting_seconds", "How long the oldest mailbox entry has been waiting.", lag.oldestWaitingMs / 1_000),
    gauge("perdure_inbox_rows", "Rows of the inbox that the worker has not taken.", lag.inbox),
    gauge("perdure_timers_overdue", "Timers that should have fired by now.", lag.overdueTimers),
    gauge("perdure_commands_pending", "Commands that are not settled.", lag.pendingCommands),
    gauge("perdure_commands_overdue", "Commands that are due and wait for their turn.", lag.overdueCommands),
    writeFamily("perdure_commands_awaiting_limit", "gauge", "Commands that are due and wait for a limit.", limited),
    gauge("perdure_dead_letters_open", "Open dead letters.", lag.deadLetters),
    gauge("perdure_attempts_running", "Handlers that are running in this OS process.", lag.running),
  ].join("");
}

function writeFamily(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
