import type {ChainRef} from '../../src/client/transactions.ts';
import type {DaemonPorts} from '../../src/daemon/ports.ts';
import {RecordSets} from '../../src/daemon/record-sets.ts';
import type {StoredSetSource} from '../../src/daemon/stored-set-source.ts';
import {EpochSets} from '../../src/messaging/epoch-sets.ts';
import {createMessaging} from '../../src/messaging/messaging.ts';
import type {SwarmState} from '../../src/messaging/ports.ts';
import {NetworkError} from '../../src/network/errors.ts';
import type {NodeId} from '../../src/protocol/bytes.ts';
import type {KeyValueStore} from '../../src/storage/kv.ts';

type Place = {
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly ports: Pick<DaemonPorts, 'logger'>;
};

async function open(disk: KeyValueStore, {chain, nodeId, ports}: Place): Promise<RecordSets> {
  const swarm: SwarmState = {
    epoch: 0n,
    swarmId: 0,
    swarmExponent: 0,
    members: [nodeId],
    acknowledge: [[nodeId]],
  };
  const store = {
    get: (key: Uint8Array) => disk.get(key),
    getMany: (keys: readonly Uint8Array[]) => disk.getMany(keys),
    has: (key: Uint8Array) => disk.has(key),
    iterate: disk.iterate.bind(disk),
    write: (writes: Parameters<KeyValueStore['batch']>[0]) => disk.batch(writes, {sync: false}),
  };
  const members = {call: () => Promise.reject(new NetworkError('NETWORK_UNREACHABLE'))};
  const messaging = await createMessaging({
    chain,
    nodeId,
    store,
    swarms: {
      own: () => swarm,
      swarmOf: () => swarm,
      lateBeforeMs: () => 0n,
    },
    members,
    facts: {
      info: () => {
        throw new Error('nobody asks');
      },
      swarmView: () => Promise.reject(new Error('nobody asks')),
    },
    committed: {leavesOf: () => undefined, settledUntilMs: () => 0n},
    clock: {nowMs: () => 0},
    toleranceMs: 0n,
    sign: async () => [],
    isReceiptValid: () => Promise.resolve(false),
    isStorageFull: () => false,
    defer: setImmediate,
    onError: () => undefined,
    onReplicated: () => undefined,
  });
  const sets = await EpochSets.open({
    store,
    repair: messaging.repair,
    members,
    nodeId,
    swarm: () => swarm,
    claim: (epoch, swarmId) => ({...chain, epoch, swarmId}),
  });
  return new RecordSets(sets, {logger: ports.logger, metrics: {repaired: () => undefined}});
}

/** The stored sets of a node that is its whole swarm: it reconciles with nobody. */
export function loneSets(disk: KeyValueStore, place: Place): StoredSetSource {
  const opened = open(disk, place);
  return {
    settle: async (...at) => (await opened).settle(...at),
    moveTo: async (...at) => (await opened).moveTo(...at),
    answer: async (...at) => (await opened).answer(...at),
  };
}
