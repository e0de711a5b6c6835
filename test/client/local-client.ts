import {sealMessage} from '../../src/client/seal.ts';
import {SessionClient} from '../../src/client/session-client.ts';
import type {SessionIdentity} from '../../src/client/session-identity.ts';
import type {Answered, CallOptions, MakeRequest} from '../../src/client/swarm-caller.ts';
import type {SessionId} from '../../src/protocol/bytes.ts';
import type {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {TTL_MS} from '../messaging/local-owner.ts';
import {CHAIN, type LocalSwarm} from '../messaging/local-swarm.ts';

/** A person's client over one member of a local swarm; `beforeCall` may throw what a network would. */
export function clientOver(
  swarm: LocalSwarm,
  identity: SessionIdentity,
  beforeCall: () => void = () => undefined,
): SessionClient {
  const {members} = swarm.state;
  const place = {epoch: 3n, swarmId: 0, swarmExponent: 0, members: new Set<string>(), peers: []};
  return new SessionClient({
    chain: CHAIN,
    identity,
    nowMs: () => swarm.nowMs,
    receipts: {check: () => Promise.resolve([])},
    swarms: {
      avoid: () => undefined,
      async call<T extends ClientRequest['type']>(
        _account: SessionId,
        make: MakeRequest<T>,
        _options?: CallOptions,
      ): Promise<Answered<T>> {
        beforeCall();
        const request = make({withKeys: true}) as Extract<ClientRequest, {readonly type: T}>;
        const value = await swarm.ask<ClientAnswer['type']>(0, request as never);
        return {value, nodeId: members[0], swarm: place} as unknown as Answered<T>;
      },
    },
  });
}

/** Somebody's sealed note to himself, stored by member 0. */
export async function storeSealed(
  swarm: LocalSwarm,
  identity: SessionIdentity,
  value: string,
): Promise<void> {
  const content = {type: 'text', value} as const;
  const timeMs = BigInt(swarm.nowMs);
  const recipient = identity.keys;
  const data = sealMessage({chain: CHAIN, recipient, sender: identity, content, timeMs});
  const inbox = {account: identity.sessionId, namespace: 0};
  const params = {...inbox, timestampMs: timeMs, ttlMs: TTL_MS, data};
  await swarm.ask(0, {type: 'store', value: {params, auth: undefined}});
}
