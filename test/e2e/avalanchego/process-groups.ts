import {type ChildProcess, spawn} from 'node:child_process';
import {rmSync} from 'node:fs';

/**
 * What this run started and must not leave behind. Each node leads its own process group, so that
 * one signal reaches it and every plugin it started, also those whose node is gone. Beside each
 * group waits a shell: its input ends when this process ends, even by SIGKILL, and then it kills
 * the group.
 */
const guards = new Map<number, ChildProcess>();
const folders = new Set<string>();

const GUARD_SCRIPT = 'if ! read -r _; then kill -KILL "-$1" 2>/dev/null; fi';

function startGuard(groupId: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'guard', String(groupId)], {
    detached: true, // Ctrl-C must not end it first
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  // A guard that is gone already cannot be told to go.
  guard.stdin?.on('error', () => guards.delete(groupId));
  return guard;
}

function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, 'SIGKILL');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw error;
  }
}

function cleanUp(): void {
  for (const groupId of guards.keys()) killGroup(groupId);
  for (const folder of folders) rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}

let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', cleanUp);
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    // `exit` handlers run on process.exit, not on the default action of a signal.
    process.once(signal, () => process.exit(128 + number));
  }
}

/** From now on the group dies with this process, however this process ends. */
export function trackGroup(groupId: number): void {
  install();
  guards.set(groupId, startGuard(groupId));
}

/** Kills what is left of the group and forgets it. */
export function releaseGroup(groupId: number): void {
  const guard = guards.get(groupId);
  if (guard === undefined) return;
  killGroup(groupId);
  guards.delete(groupId);
  guard.stdin?.end('\n'); // a line: go without killing, the number may soon be another's
}

/** The folder goes when this process ends by itself or by a signal it can see. */
export function trackFolder(folder: string): void {
  install();
  folders.add(folder);
}
