import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, describe, expect, it} from 'vitest';
import {checkClock, provenOffsetMs} from '../../../src/daemon/doctor/check-clock.ts';
import {askServerTime} from '../../../src/daemon/doctor/server-time.ts';

const NOW = 1_700_000_000_000;

describe('provenOffsetMs', () => {
  const rows: readonly (readonly [string, number, number, number])[] = [
    ['the same second', NOW + 300, NOW + 310, 0],
    ['a long answer proves nothing', NOW - 3000, NOW + 3000, 0],
    ['the last ms of the second', NOW + 999, NOW + 999, 0],
    ['ahead by one', NOW + 1000, NOW + 1500, 1],
    ['ahead', NOW + 4999, NOW + 6000, 4000],
    ['behind by one', NOW - 900, NOW - 1, -1],
    ['behind', NOW - 9000, NOW - 5000, -5000],
  ];
  for (const [name, beforeMs, afterMs, offset] of rows) {
    it(name, () => expect(provenOffsetMs({beforeMs, afterMs, dateMs: NOW})).toBe(offset));
  }
});

describe('checkClock', () => {
  const server = (offsetMs: number) => {
    const at = NOW + offsetMs + (offsetMs > 0 ? 999 : 0);
    return {beforeMs: at, afterMs: at, dateMs: NOW};
  };
  const rows: readonly (readonly [string, number, number, number | undefined, string])[] = [
    ['agrees', 0, 3600, 0, 'ok'],
    ['an old block says nothing', -1_000_000, 3600, 0, 'ok'],
    ['no date to compare with', 0, 3600, undefined, 'ok'],
    ['a block that a builder may stamp', 10_000, 3600, 0, 'ok'],
    ['a block from the future', 10_001, 3600, 0, 'fail'],
    ['a block from the future, without a date', 10_001, 3600, undefined, 'fail'],
    ['a second off', 0, 3600, 1000, 'ok'],
    ['more than a second ahead', 0, 3600, 1001, 'warn'],
    ['more than a second behind', 0, 3600, -1001, 'warn'],
    ['10 s', 0, 3600, 10_000, 'warn'],
    ['more than 10 s ahead', 0, 3600, 10_001, 'fail'],
    ['more than 10 s behind', 0, 3600, -10_001, 'fail'],
    ['more than E/24', 0, 24, 1001, 'fail'],
  ];
  for (const [name, blockMs, epochSeconds, offset, status] of rows) {
    it(`${name}: ${status}`, () => {
      const finding = checkClock({
        nowMs: NOW,
        blockTimeMs: NOW + blockMs,
        epochSeconds,
        server: offset === undefined ? undefined : server(offset),
      });
      expect(finding).toMatchObject({check: 'clock', status});
      expect(finding.advice === null).toBe(status === 'ok');
    });
  }
});

describe('askServerTime', () => {
  let server: Server | undefined;
  const {signal} = new AbortController();
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(date: string | undefined): Promise<string> {
    server = createServer((_request, response) => {
      response.sendDate = false;
      response.writeHead(405, date === undefined ? {} : {date}).end();
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rpc`;
  }

  it('reads the date of any answer, between two looks at the own clock', async () => {
    const url = await serve(new Date(NOW).toUTCString());
    let now = 5;
    const time = await askServerTime(url, () => now++, signal);
    expect(time).toEqual({beforeMs: 5, afterMs: 6, dateMs: NOW});
  });

  for (const date of [undefined, 'yesterday']) {
    it(`has nothing to say of the date ${date}`, async () => {
      expect(await askServerTime(await serve(date), () => 0, signal)).toBeUndefined();
    });
  }

  it('has nothing to say when nobody answers', async () => {
    expect(await askServerTime('http://127.0.0.1:9/rpc', () => 0, signal)).toBeUndefined();
  });

  it('stops with its caller', async () => {
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(askServerTime(await serve(undefined), () => 0, stopped)).rejects.toThrow('enough');
  });
});
