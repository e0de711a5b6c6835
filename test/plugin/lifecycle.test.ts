import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {Lifecycle} from '../../src/plugin/lifecycle.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const world = {exits: [] as number[], parent: 100, alive: true, asked: 0, log: [] as string[]};
  const lifecycle = new Lifecycle({
    exit: (code) => world.exits.push(code),
    parentPid: () => world.parent,
    isHostAlive: async () => {
      world.asked += 1;
      return world.alive;
    },
    log: (reason) => world.log.push(reason),
  });
  return {world, lifecycle};
}

describe('Lifecycle before Shutdown', () => {
  it('ignores SIGTERM', async () => {
    const {world, lifecycle} = setUp();
    lifecycle.connectionOpened();
    lifecycle.onTerminate();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.exits).toEqual([]);
  });

  it('ends when the parent is another process', async () => {
    const {world} = setUp();
    world.parent = 1;
    await vi.advanceTimersByTimeAsync(2000);
    expect(world.exits).toEqual([1]);
    expect(world.log).toHaveLength(1);
  });

  it('ends within 10 s when all connections are gone and the node does not answer', async () => {
    const {world, lifecycle} = setUp();
    world.alive = false;
    lifecycle.connectionOpened();
    lifecycle.connectionClosed();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.exits).toEqual([1]);
  });

  it('stays when the node reconnects, without asking', async () => {
    const {world, lifecycle} = setUp();
    world.alive = false;
    lifecycle.connectionOpened();
    lifecycle.connectionClosed();
    await vi.advanceTimersByTimeAsync(1000);
    lifecycle.connectionOpened();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.exits).toEqual([]);
    expect(world.asked).toBe(0);
  });

  it('stays while a node without a connection still answers, and ends when it stops', async () => {
    const {world, lifecycle} = setUp();
    lifecycle.connectionOpened();
    lifecycle.connectionClosed();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.exits).toEqual([]);
    expect(world.asked).toBeGreaterThan(3);
    world.alive = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.exits).toEqual([1]);
  });

  it('ends on a closed output stream', () => {
    const {world, lifecycle} = setUp();
    lifecycle.hostGone('the node closed an output stream');
    expect(world.exits).toEqual([1]);
  });
});

describe('Lifecycle after Shutdown', () => {
  it('ends on SIGTERM with 0', () => {
    const {world, lifecycle} = setUp();
    lifecycle.connectionOpened();
    lifecycle.shutdownReceived();
    lifecycle.shutdownAnswered();
    lifecycle.onTerminate();
    expect(world.exits).toEqual([0]);
  });

  it('ends when the node closes its last connection', () => {
    const {world, lifecycle} = setUp();
    lifecycle.connectionOpened();
    lifecycle.connectionOpened();
    lifecycle.shutdownReceived();
    lifecycle.shutdownAnswered();
    lifecycle.connectionClosed();
    expect(world.exits).toEqual([]);
    lifecycle.connectionClosed();
    expect(world.exits).toEqual([0]);
  });

  it('ends by itself after 2 s', async () => {
    const {world, lifecycle} = setUp();
    lifecycle.connectionOpened();
    lifecycle.shutdownReceived();
    lifecycle.shutdownAnswered();
    await vi.advanceTimersByTimeAsync(2000);
    expect(world.exits).toEqual([0]);
  });

  it('gives a SIGTERM between receipt and answer time to answer', async () => {
    const {world, lifecycle} = setUp();
    lifecycle.connectionOpened();
    lifecycle.shutdownReceived();
    lifecycle.onTerminate();
    expect(world.exits).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(world.exits).toEqual([0]);
  });

  it('takes a lost node for an ordinary end', () => {
    const {world, lifecycle} = setUp();
    lifecycle.shutdownReceived();
    lifecycle.hostGone('the node closed an output stream');
    expect(world.exits).toEqual([0]);
    expect(world.log).toEqual([]);
  });
});
