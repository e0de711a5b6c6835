import {setImmediate} from 'node:timers/promises';
import type {DaemonPorts, LogFacts} from '../../src/daemon/ports.ts';

export type LogLine = {readonly level: string; readonly event: string; readonly facts: LogFacts};

/** Ports without a machine: sleeping takes no time, and every line and pause is kept. */
export function recordingPorts(over: Partial<DaemonPorts> = {}) {
  const lines: LogLine[] = [];
  const pauses: number[] = [];
  const log =
    (level: string) =>
    (event: string, facts: LogFacts = {}): void => {
      lines.push({level, event, facts});
    };
  const ports: DaemonPorts = {
    logger: {info: log('info'), warn: log('warn'), error: log('error')},
    nowMs: () => 1_700_000_000_000,
    async sleep(ms, signal) {
      pauses.push(ms);
      await setImmediate();
      signal.throwIfAborted();
    },
    jitter: () => 0.5,
    randomBytes: (length) => new Uint8Array(length).fill(7),
    freeBytes: async () => 10_000_000n,
    usedBytes: async () => 4096n,
    ...over,
  };
  return {ports, lines, pauses, events: () => lines.map(({event}) => event)};
}
