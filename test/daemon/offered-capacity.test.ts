import {describe, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {OfferedCapacity} from '../../src/daemon/offered-capacity.ts';
import {FakeChain} from './fake-chain.ts';
import {recordingPorts} from './recorder.ts';

const SIGNAL = new AbortController().signal;

function capacityOf(asked: bigint | undefined) {
  const chain = new FakeChain();
  const answers: (string | Error)[] = [];
  const {ports, events} = recordingPorts();
  const client = {
    async call(method: never, params: never) {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      const is = await chain.call(method, params);
      return answer === undefined ? is : {...(is as object), minCapacity: answer};
    },
  } as unknown as FakeChain;
  const init = {asked, least: 1_000_000n, epochSeconds: 20};
  return {capacity: new OfferedCapacity({client, ports}, init), answers, events};
}

describe('OfferedCapacity', () => {
  it('follows the minimum when the operator said nothing', async () => {
    const {capacity, answers, events} = capacityOf(undefined);
    await capacity.step(SIGNAL);
    expect([capacity.least(), capacity.offered(), events()]).toEqual([1_000_000n, 1_000_000n, []]);
    answers.push('3000000');
    await capacity.step(SIGNAL);
    expect([capacity.least(), capacity.offered()]).toEqual([3_000_000n, 3_000_000n]);
    expect([capacity.problems(), events()]).toEqual([[], ['capacity.minimum']]);
  });

  it('tells when what the operator offers is too little now', async () => {
    const {capacity, answers} = capacityOf(2_000_000n);
    expect(capacity.problems()).toEqual([]);
    answers.push('3000000');
    await capacity.step(SIGNAL);
    expect(capacity.offered()).toBe(2_000_000n);
    expect(capacity.problems()).toEqual([expect.stringContaining('3000000')]);
  });

  it('keeps what it knows while the chain is silent', async () => {
    const {capacity, answers} = capacityOf(undefined);
    answers.push('3000000', new ClientError('CLIENT_UNREACHABLE'));
    await capacity.step(SIGNAL);
    await capacity.step(SIGNAL);
    expect(capacity.least()).toBe(3_000_000n);
  });
});
