import {expect, it} from 'vitest';
import {SwarmCaller} from '../../src/client/swarm-caller.ts';
import type {FoundSwarm, SwarmFinder} from '../../src/client/swarm-finder.ts';
import {NetworkError, RemoteError} from '../../src/network/errors.ts';
import type {Caller} from '../../src/network/overlay.ts';
import {toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import type {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';

const ACCOUNT = toSessionId(new Uint8Array(33).fill(5));
const peers = [1, 2, 3].map((number) => ({
  nodeId: toNodeId(new Uint8Array(20).fill(number)),
  peer: {peerId: `peer ${number}`, addresses: []},
}));

/** Members that answer by these errors, in turn. */
function callerOf(errors: readonly Error[]): SwarmCaller {
  const swarm = {peers} as unknown as FoundSwarm;
  const finder = {find: async () => swarm, forget: () => undefined} as unknown as SwarmFinder;
  let next = 0;
  const request = async (): Promise<never> => {
    throw errors[next++ % errors.length];
  };
  const caller = {request} as unknown as Caller<ClientRequest, ClientAnswer>;
  return new SwarmCaller(caller, finder, {nowMs: () => 0});
}

const ask = (errors: readonly Error[]) =>
  callerOf(errors).call<'info'>(ACCOUNT, () => ({type: 'info', value: {}}) as never);

const silent = new NetworkError('NETWORK_UNREACHABLE');
const full = new RemoteError('peer 1', 'MESSAGING_STORAGE_FULL', {});

it('a refusal by one member tells more than the silence of the others', async () => {
  await expect(ask([full, silent, silent])).rejects.toMatchObject({
    code: 'CLIENT_NO_MEMBER',
    details: {reason: 'MESSAGING_STORAGE_FULL'},
  });
  await expect(ask([silent, silent, silent])).rejects.toMatchObject({
    code: 'CLIENT_NO_MEMBER',
    details: {reason: 'NETWORK_UNREACHABLE'},
  });
});

it('what no member would do ends the round at once', async () => {
  const wrong = new RemoteError('peer 1', 'MESSAGING_BAD_SIGNATURE', {});
  await expect(ask([wrong, silent])).rejects.toBe(wrong);
});

it('a member of another swarm is no reason to ask its fellows: the right swarm is looked up', async () => {
  const swarms = [peers.slice(0, 2), peers.slice(2)].map((some, index) => ({
    swarmId: index,
    peers: some,
  })) as unknown as readonly FoundSwarm[];
  const forgotten: unknown[] = [];
  const finder = {
    find: async () => swarms[forgotten.length],
    forget: ({swarmId}: FoundSwarm) => void forgotten.push(swarmId),
  } as unknown as SwarmFinder;
  const asked: string[] = [];
  const request = async ({peerId}: (typeof peers)[number]['peer']): Promise<unknown> => {
    asked.push(peerId);
    if (peerId !== 'peer 3') throw new RemoteError(peerId, 'MESSAGING_WRONG_SWARM', {swarmId: 1});
    return {type: 'info', value: {}};
  };
  const caller = {request} as unknown as Caller<ClientRequest, ClientAnswer>;
  const swarmCaller = new SwarmCaller(caller, finder, {nowMs: () => 0});
  const {nodeId} = await swarmCaller.call<'info'>(ACCOUNT, () => ({type: 'info', value: {}}));
  expect(nodeId).toEqual(peers[2]?.nodeId);
  expect(asked).toHaveLength(2);
  expect(asked.at(-1)).toBe('peer 3');
  expect(forgotten).toEqual([0]);
});

it('a member that failed is told the keys again', async () => {
  const sent: boolean[] = [];
  const finder = {
    find: async () => ({peers: peers.slice(0, 1)}) as unknown as FoundSwarm,
    forget: () => undefined,
  } as unknown as SwarmFinder;
  const request = async (_peer: unknown, {value}: {readonly value: unknown}): Promise<unknown> => {
    if (sent.length === 3) throw silent;
    return {type: 'info', value};
  };
  const caller = {request} as unknown as Caller<ClientRequest, ClientAnswer>;
  const swarmCaller = new SwarmCaller(caller, finder, {nowMs: () => 0});
  const call = () =>
    swarmCaller.call<'info'>(ACCOUNT, ({withKeys}) => {
      sent.push(withKeys);
      return {type: 'info', value: {}};
    });
  for (const _each of [1, 2, 3]) await call();
  expect(sent).toEqual([true, false, false, true]);
});
