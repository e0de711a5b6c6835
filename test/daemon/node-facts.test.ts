import {expect, it} from 'vitest';
import {NodeFactsOf} from '../../src/daemon/node-facts.ts';
import {toChainId, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {ClientAnswer} from '../../src/protocol/overlay/client-protocol.ts';

const account = toSessionId(new Uint8Array(33));
const ids = Array.from({length: 100}, (_, i) => toNodeId(new Uint8Array(20).fill(i)));
const chain = {networkId: 1, chainId: toChainId(new Uint8Array(32))};
const NEVER = new AbortController().signal;

function factsOf(members: typeof ids | undefined) {
  const swarm = {epoch: 3n, swarmId: 1, swarmExponent: 1, acknowledge: []};
  const view = {
    own: () => undefined,
    epoch: () => undefined,
    swarmOf: () => (members === undefined ? undefined : {...swarm, members}),
  } as never;
  const overlay = {directory: {find: () => Promise.reject(new Error('nobody knows'))}} as never;
  return new NodeFactsOf({view, overlay, ports: {nowMs: () => 5}}, {chain, nodeId: ids[0]!});
}

it.each([
  [3, 3],
  [64, 64],
  [100, 64],
])('a swarm of %d members is answered with %d of them', async (members, listed) => {
  const value = await factsOf(ids.slice(0, members)).swarmView(account, NEVER);
  expect(value.members.map(({nodeId}) => nodeId)).toEqual(ids.slice(0, listed));
  const answer = {type: 'getSwarm', value} as const;
  expect(decode(ClientAnswer, encode(ClientAnswer, answer))).toEqual(answer);
});

it('without a view of the chain there is no swarm, and info says so', async () => {
  const facts = factsOf(undefined);
  await expect(facts.swarmView(account, NEVER)).rejects.toThrow('MESSAGING_NOT_READY');
  expect(facts.info()).toMatchObject({timeMs: 5n, epoch: 0n, swarmId: undefined});
});
