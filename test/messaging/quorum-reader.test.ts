import {expect, it} from 'vitest';
import type {MemberCaller} from '../../src/messaging/ports.ts';
import {QuorumReader} from '../../src/messaging/quorum-reader.ts';
import {RemoteError} from '../../src/network/errors.ts';
import {CONSISTENCY} from '../../src/protocol/overlay/client-protocol.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

it('does without a member that lists what it does not give', async () => {
  const swarm = await LocalSwarm.start({members: 5, timeoutMs: 2000});
  const owner = new LocalOwner(swarm);
  const reader = swarm.member(2);
  reader.condition = 'down';
  await owner.store(0, 'missed');
  reader.condition = 'up';
  const liar = swarm.member(0).nodeId;
  const caller = swarm.callerOf(reader);
  const members: MemberCaller = {
    call(nodeId, request, options) {
      if (request.type !== 'history' || nodeId !== liar) {
        return caller.call(nodeId, request, options);
      }
      return Promise.reject(new RemoteError('liar', 'MESSAGING_NOT_READY', {}));
    },
  };
  const {records, health, repair} = reader.messaging;
  const inbox = {account: owner.identity.sessionId, namespace: 0};
  const span = {after: undefined, limit: 100};
  const quorum = new QuorumReader({records, health, repair, members, timeoutMs: 2000});
  await quorum.catchUp(inbox, span, swarm.state);
  expect(await owner.read(2, {consistency: CONSISTENCY.one})).toEqual(['missed']);
});

it('refuses by its code when a member that has listed an inbox says no more', async () => {
  const swarm = await LocalSwarm.start({members: 3, timeoutMs: 2000});
  const owner = new LocalOwner(swarm);
  const reader = swarm.member(2);
  reader.condition = 'down';
  await owner.store(0, 'missed');
  reader.condition = 'up';
  const caller = swarm.callerOf(reader);
  const stalling: MemberCaller = {
    call(nodeId, request, options = {}) {
      if (request.type !== 'history') return caller.call(nodeId, request, options);
      const {signal} = options;
      // As the overlay does: the caller's abort rejects with its reason.
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), {once: true});
      });
    },
  };
  const {records, health, repair} = reader.messaging;
  const parts = {records, health, repair, members: stalling, timeoutMs: 300};
  const inbox = {account: owner.identity.sessionId, namespace: 0};
  const span = {after: undefined, limit: 100};
  await expect(new QuorumReader(parts).catchUp(inbox, span, swarm.state)).rejects.toMatchObject({
    code: 'MESSAGING_NO_MAJORITY',
  });
});
