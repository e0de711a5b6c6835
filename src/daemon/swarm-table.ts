import {badResponse} from '../client/check.ts';
import {nodeIdFromString} from '../crypto/ids.ts';
import type {Holders, SwarmStanding, SwarmState} from '../messaging/ports.ts';
import type {EpochInfo, SwarmInfo} from '../protocol/api.ts';
import {bytesToKey, type NodeId, type SessionId} from '../protocol/bytes.ts';
import {CodecError} from '../protocol/errors.ts';
import {swarmOf} from '../swarm/swarm-space.ts';

function memberId(text: string): NodeId {
  try {
    return nodeIdFromString(text);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return badResponse('listSwarms.members', 'NodeIDs');
  }
}

function exponentOf({numSwarms}: EpochInfo): number {
  const exponent = Math.log2(numSwarms);
  return Number.isInteger(exponent)
    ? exponent
    : badResponse('getEpoch.numSwarms', 'a power of two');
}

function siblingOf({numSwarms, nextNumSwarms}: EpochInfo, swarmId: number) {
  const isMerge = nextNumSwarms !== null && nextNumSwarms < numSwarms;
  return isMerge ? {sibling: swarmId ^ nextNumSwarms} : {};
}

function standingOf({members, serving, restartedAt, unservedSince}: SwarmInfo): SwarmStanding {
  return {
    isServed: serving * 2 > members.length && unservedSince === null,
    restartedAt: restartedAt === null ? undefined : BigInt(restartedAt),
  };
}

/** Every swarm of one epoch, as the chain lists them. Seats move at epoch transitions alone. */
export class SwarmTable {
  readonly epoch: bigint;
  readonly swarmExponent: number;
  readonly #transitions: bigint;
  readonly #standings: readonly SwarmStanding[];
  readonly #swarms: readonly SwarmState[];
  readonly #seats = new Map<string, SwarmState>();

  /** @throws ClientError CLIENT_BAD_RESPONSE for an answer that is no list of all swarms. */
  constructor(epoch: EpochInfo, swarms: readonly SwarmInfo[]) {
    this.epoch = BigInt(epoch.epoch);
    this.swarmExponent = exponentOf(epoch);
    const isWhole =
      swarms.length === epoch.numSwarms && swarms.every(({swarmId}, at) => swarmId === at);
    if (!isWhole) badResponse('listSwarms', 'every swarm once, by id');
    this.#transitions = BigInt(epoch.transitions);
    this.#standings = swarms.map(standingOf);
    this.#swarms = swarms.map(({swarmId, members, acknowledge}) => ({
      epoch: this.epoch,
      swarmId,
      swarmExponent: this.swarmExponent,
      members: members.map(memberId),
      acknowledge: acknowledge.map((group) => group.map(memberId)),
      ...siblingOf(epoch, swarmId),
    }));
    for (const swarm of this.#swarms) {
      for (const nodeId of swarm.members) this.#seats.set(bytesToKey(nodeId), swarm);
    }
  }

  /** The swarm in which the node has its seat. */
  seatOf(nodeId: NodeId): SwarmState | undefined {
    return this.#seats.get(bytesToKey(nodeId));
  }

  swarmOf(account: SessionId): SwarmState | undefined {
    return this.#swarms[swarmOf(account, this.swarmExponent)];
  }

  /** Who holds which inboxes, as this node has to see it. */
  holdersFor(nodeId: NodeId): Holders {
    const {epoch, swarmExponent} = this;
    const own = this.seatOf(nodeId);
    return {
      epoch,
      transitions: this.#transitions,
      swarmExponent,
      own,
      swarms: this.#standings,
    };
  }
}
