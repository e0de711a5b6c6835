import {readdirSync, readFileSync} from 'node:fs';

/** A process as Linux lists it; `command` is its argv joined by blanks. */
export type ProcessInfo = {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly command: string;
};

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // The process went away between the listing and the read.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function readProcess(pid: number): ProcessInfo | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  const command = readOrUndefined(`/proc/${pid}/cmdline`);
  if (stat === undefined || command === undefined) return undefined;
  // `pid (name) state ppid pgrp …`: the name may hold blanks and brackets, so count from its end.
  const [state, parentPid, groupId] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  return {
    pid,
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    command: command.replaceAll('\0', ' ').trim(),
  };
}

function listProcesses(): readonly ProcessInfo[] {
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  return pids.map((pid) => readProcess(Number(pid))).filter((info) => info !== undefined);
}

/** Living children of a process, whichever of its threads started them. Linux only. */
export function childrenOf(pid: number): readonly ProcessInfo[] {
  return listProcesses().filter(({parentPid}) => parentPid === pid);
}

/** Living members of a process group: a node, its plugins, and what these started. Linux only. */
export function membersOfGroup(groupId: number): readonly ProcessInfo[] {
  return listProcesses().filter((info) => info.groupId === groupId);
}
