import {beforeEach, describe, expect, it, vi} from 'vitest';
import {ServedRequest} from '../../src/network/served-request.ts';

let served: ServedRequest;
beforeEach(() => {
  served = new ServedRequest({remotePeerId: 'peer', nodeId: undefined});
});

describe('ServedRequest', () => {
  it('aborts the signal that was asked for before, and tells who waits', () => {
    const {signal} = served;
    const told = vi.fn();
    served.onAbort = told;
    expect([signal.aborted, served.isAborted]).toEqual([false, false]);
    served.abort('late');
    expect([signal.aborted, signal.reason, served.isAborted]).toEqual([true, 'late', true]);
    expect(told.mock.calls).toEqual([['late']]);
  });

  it('has one signal, also when it is asked for after the abort', () => {
    served.abort('closed');
    expect(served.signal).toMatchObject({aborted: true, reason: 'closed'});
    expect(served.signal).toBe(served.signal);
  });

  it('is aborted once: the first reason counts', () => {
    const told = vi.fn();
    served.onAbort = told;
    served.abort('late');
    served.abort('closed');
    expect(served.signal.reason).toBe('late');
    expect(told).toHaveBeenCalledTimes(1);
  });
});
