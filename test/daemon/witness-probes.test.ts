import {describe, expect, it} from 'vitest';
import {nodeIdToString} from '../../src/crypto/ids.ts';
import {WitnessProbes} from '../../src/daemon/witness-probes.ts';
import type {MemberCaller} from '../../src/messaging/ports.ts';
import {NetworkError, RemoteError} from '../../src/network/errors.ts';
import type {DutiesInfo} from '../../src/protocol/api.ts';
import {toNodeId} from '../../src/protocol/bytes.ts';
import {recordingPorts} from './recorder.ts';

const NODES = Array.from({length: 12}, (_, i) =>
  nodeIdToString(toNodeId(new Uint8Array(20).fill(i + 1))),
);
const SELF = NODES[11] ?? '';
const MATE = NODES[10] ?? '';
const TARGETS = NODES.slice(0, 10);
const SIGNAL = new AbortController().signal;

function dutiesIn(epoch: string, witnessTargets: readonly string[] = TARGETS): DutiesInfo {
  const times = {cutOffMs: 100_000, blockTimeMs: 102_000};
  return {
    epoch,
    witnessTargets,
    nodeId: SELF,
    members: [MATE, SELF],
    ...times,
  } as unknown as DutiesInfo;
}

/** Calls are counted; nodes that are gone do not answer, those that refuse are there. */
function callerOf(gone: ReadonlySet<string>, refusing: ReadonlySet<string> = new Set()) {
  const calls: string[] = [];
  const call = (nodeId: Uint8Array): Promise<never> => {
    const name = nodeIdToString(toNodeId(nodeId));
    calls.push(name);
    if (gone.has(name)) return Promise.reject(new NetworkError('NETWORK_UNREACHABLE'));
    if (refusing.has(name))
      return Promise.reject(new RemoteError('peer', 'MESSAGING_NOT_A_MEMBER', {}));
    return Promise.resolve({count: 0} as never);
  };
  return {members: {call} as unknown as MemberCaller, calls};
}

function probesOf(members: MemberCaller, jitter = () => 0) {
  const {ports} = recordingPorts();
  return new WitnessProbes({members, ports: {...ports, jitter}}, {epochSeconds: 24});
}

describe('WitnessProbes', () => {
  it('sets a bit for each target that answers, be it by a refusal, and none for the others', async () => {
    const gone = new Set([TARGETS[2] ?? '', TARGETS[9] ?? '']);
    const {members} = callerOf(gone, new Set([TARGETS[3] ?? '']));
    const report = await probesOf(members).report(dutiesIn('7'), SIGNAL);
    expect([...report]).toEqual([0b1111_1011, 0b01]);
  });

  it('says nothing when nobody at all is reached: it is itself that is cut off', async () => {
    const {members} = callerOf(new Set(NODES));
    expect(await probesOf(members).report(dutiesIn('7'), SIGNAL)).toEqual(new Uint8Array());
  });

  it('reports a lone target that is gone while its own swarm answers', async () => {
    const [target = ''] = TARGETS;
    const {members} = callerOf(new Set([target]));
    const report = await probesOf(members).report(dutiesIn('7', [target]), SIGNAL);
    expect([...report]).toEqual([0]);
  });

  it('has no report without targets', async () => {
    const {members, calls} = callerOf(new Set());
    expect(await probesOf(members).report(dutiesIn('7', []), SIGNAL)).toEqual(new Uint8Array());
    expect(calls).toEqual([]);
  });

  it('calls each target three times before the answers, and one success is enough', async () => {
    const gone = new Set(TARGETS);
    const {members, calls} = callerOf(gone);
    const probes = probesOf(members);
    probes.observe(dutiesIn('7'));
    const stopper = new AbortController();
    const running = probes.run(stopper.signal).catch(() => undefined);
    await expect.poll(() => calls.length).toBeGreaterThanOrEqual(15);
    gone.delete(TARGETS[0] ?? '');
    await expect.poll(() => calls.length).toBe(30);
    stopper.abort(new Error('over'));
    await running;
    const perTarget = TARGETS.map((target) => calls.filter((each) => each === target).length);
    expect(perTarget).toEqual(Array(10).fill(3));
  });

  it('forgets what it saw when the epoch turns', async () => {
    const gone = new Set<string>();
    const {members} = callerOf(gone);
    const probes = probesOf(members);
    expect([...(await probes.report(dutiesIn('7'), SIGNAL))]).toEqual([0xff, 0b11]);
    gone.add(TARGETS[0] ?? '');
    expect([...(await probes.report(dutiesIn('8'), SIGNAL))]).toEqual([0xfe, 0b11]);
  });
});
