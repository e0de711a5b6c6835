import {setTimeout as sleep} from 'node:timers/promises';
import {ClientError} from '../../client/errors.ts';
import type {ChainClient, EpochInfo, ServiceNodeInfo, SwarmInfo} from '../../protocol/api.ts';
import {DevnetError} from '../errors.ts';
import type {Narrator} from './narrator.ts';

const POLL_MS = 200;
const PAGE = 100;

/** All service nodes, in the order of the chain's listing. */
export async function allServiceNodes(client: ChainClient): Promise<ServiceNodeInfo[]> {
  const all: ServiceNodeInfo[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call('listServiceNodes', {
      limit: PAGE,
      ...(cursor === undefined ? {} : {cursor}),
    });
    all.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

export async function allSwarms(client: ChainClient): Promise<readonly SwarmInfo[]> {
  return (await client.call('listSwarms', {limit: PAGE})).items;
}

export type Wait<T> = {
  /** For the error when it takes too long. */
  readonly what: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Undefined: not yet. */
  probe(): Promise<T | undefined>;
};

/**
 * Asks until there is an answer.
 * @throws DevnetError DEVNET_CHILD at the deadline; the abort's reason.
 */
export async function waitUntil<T>({what, deadlineMs, signal, probe}: Wait<T>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      // Two busy cores may let one request time out; the next one tells.
      if (!(error instanceof ClientError) || error.code !== 'CLIENT_TIMEOUT') throw error;
    }
    if (Date.now() > deadlineMs)
      throw new DevnetError('DEVNET_CHILD', {problem: `no ${what} in time`});
    await sleep(POLL_MS, undefined, {signal});
  }
}

export type EpochWait = {
  readonly client: ChainClient;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  readonly epoch: bigint;
  /** S_epoch, Unix ms. */
  readonly startMs: number;
  readonly epochSeconds: number;
  /** What is going on meanwhile, for the live line. */
  describe(epoch: EpochInfo): Promise<string> | string;
};

/** Waits for the first block of an epoch, with a countdown. */
export function waitForEpoch(wait: EpochWait): Promise<EpochInfo> {
  const {client, narrator, signal, epoch, startMs, epochSeconds, describe} = wait;
  return waitUntil({
    what: `block of epoch ${epoch}`,
    // An epoch's first block is due within a second; half an epoch allows for a busy machine.
    deadlineMs: startMs + epochSeconds * 500,
    signal,
    async probe() {
      const now = await client.call('getEpoch', {}, signal);
      if (BigInt(now.epoch) >= epoch) return now;
      const left = Math.max(0, (startMs - Date.now()) / 1000).toFixed(0);
      narrator.waiting(`epoch ${epoch} begins in ${left.padStart(2)} s: ${await describe(now)}`);
      return undefined;
    },
  });
}
