import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {ApiError} from '../../src/client/errors.ts';
import {NodeKeys} from '../../src/daemon/node-keys.ts';
import type {ChainClient} from '../../src/protocol/api.ts';
import {CHAIN, createNode} from '../network/network.ts';

beforeEach(() => {
  vi.useFakeTimers({toFake: ['Date', 'performance']});
});
afterEach(() => {
  vi.useRealTimers();
});

it('a node that the chain does not know is asked for again after 5 s, whatever becomes of the clock', async () => {
  let asked = 0;
  const call = async (): Promise<never> => {
    asked += 1;
    throw new ApiError('API_NOT_FOUND', {text: '', details: {}});
  };
  const keys = new NodeKeys({call} as unknown as ChainClient, CHAIN);
  const {nodeId} = createNode();
  for (let i = 0; i < 2; i++) expect(await keys.signingKeyOf(nodeId)).toBeUndefined();
  expect(asked).toBe(1);
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(5000);
  expect(await keys.signingKeyOf(nodeId)).toBeUndefined();
  expect(asked).toBe(2);
});
