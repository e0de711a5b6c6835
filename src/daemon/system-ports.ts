import {randomBytes} from 'node:crypto';
import {readdir, stat, statfs} from 'node:fs/promises';
import {join} from 'node:path';
import {sleep} from '../client/sleep.ts';
import type {DaemonPorts, LogFacts, Logger} from './ports.ts';

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** One JSON object a line: `time` (Unix ms), `level`, `event`, then the facts. */
export function createJsonLogger(write: (line: string) => void, nowMs: () => number): Logger {
  const log =
    (level: string) =>
    (event: string, facts: LogFacts = {}): void =>
      write(`${JSON.stringify({time: nowMs(), level, event, ...facts}, bigintAsText)}\n`);
  return {info: log('info'), warn: log('warn'), error: log('error')};
}

async function freeBytes(folder: string): Promise<bigint> {
  const {bavail, bsize} = await statfs(folder, {bigint: true});
  return bavail * bsize;
}

/** LevelDB removes files while it runs: one that is gone by now counts nothing. */
async function sizeOf(path: string): Promise<bigint> {
  try {
    return BigInt((await stat(path)).size);
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return 0n;
    throw error;
  }
}

async function usedBytes(folder: string): Promise<bigint> {
  const entries = await readdir(folder, {withFileTypes: true, recursive: true});
  let total = 0n;
  for (const entry of entries) {
    if (entry.isFile()) total += await sizeOf(join(entry.parentPath, entry.name));
  }
  return total;
}

/** Clock, timers, disk and randomness of this machine; log lines go to stderr. */
export function createSystemPorts(): DaemonPorts {
  let lostLogLines = 0;
  const write = (line: string): void => {
    process.stderr.write(line, (error) => {
      if (error) lostLogLines += 1;
    });
  };
  return {
    logger: createJsonLogger(write, Date.now),
    lostLogLines: () => lostLogLines,
    nowMs: Date.now,
    sleep,
    jitter: Math.random,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    freeBytes,
    usedBytes,
  };
}
