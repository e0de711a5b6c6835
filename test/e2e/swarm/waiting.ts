import {readFile} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {SessionError} from '../../../src/protocol/errors.ts';
import type {OneSwarm} from './one-swarm.ts';

export const RECOVERY_MS = 60_000;

/** Does it as soon as the swarm can: members find each other and the chain within seconds. */
export async function settled<T>(work: () => Promise<T>): Promise<T> {
  const deadlineMs = Date.now() + RECOVERY_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SessionError) || Date.now() > deadlineMs) throw error;
      await sleep(250);
    }
  }
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof SessionError) return error.code;
    throw error;
  }
}

/** Until these have committed to a set whose cut-off lies after this time. */
export async function commitmentAfter(
  swarm: OneSwarm,
  timeMs: number,
  members: readonly number[],
): Promise<void> {
  const {client: api} = swarm.network;
  const deadlineMs = Date.now() + RECOVERY_MS;
  for (;;) {
    const {cutOffMs, epoch} = await api.call('getEpoch', {});
    const duties = await Promise.all(
      members.map((at) => api.call('getDuties', {nodeId: swarm.node(at).nodeId() ?? ''})),
    );
    const isCommitted = duties.every((each) => {
      return each.epoch === epoch && each.accepted.roundA !== null;
    });
    if (cutOffMs > timeMs && isCommitted) return;
    if (Date.now() > deadlineMs) throw new Error('no commitment of all of them');
    await sleep(250);
  }
}

export const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

/** Of a process on Linux. */
export async function residentBytes(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}
