import {describe, expect, it} from 'vitest';
import {API_LIMITS, createApi} from '../../src/plugin/api/json-rpc.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {Driver} from '../vm/driver.ts';
import {apiContext} from './api-fixture.ts';

type Reply = {readonly id: unknown; readonly result?: unknown; readonly error?: unknown};

/** `session.listEquivocations` reports that it runs, and answers as `during` says. */
function setUp(limits = API_LIMITS, during: () => readonly [] = () => []) {
  const {context} = apiContext(new Driver({accounts: []}));
  const api = createApi({...context, equivocations: during}, limits);
  const post = async (calls: unknown): Promise<{status: number; replies: Reply[]}> => {
    const {status, body} = await api.handle(utf8ToBytes(JSON.stringify(calls)));
    const text = new TextDecoder().decode(body);
    return {status, replies: text === '' ? [] : [JSON.parse(text)].flat()};
  };
  return {post};
}

const batchOf = (count: number): object[] =>
  Array.from({length: count}, (_, id) => ({
    jsonrpc: '2.0',
    id,
    method: 'session.listEquivocations',
  }));

const BUSY = {error: {code: -32_006, data: {code: 'API_BUSY', problem: expect.any(String)}}};

describe('bounds of JSON-RPC', () => {
  it('lets the event loop turn between any two calls, of one request or of several', async () => {
    let [turn, isOver] = [0, false];
    const turns: number[] = [];
    const tick = (): void => {
      turn += 1;
      if (!isOver) setImmediate(tick);
    };
    const {post} = setUp(API_LIMITS, () => {
      turns.push(turn);
      return [];
    });
    tick();
    await Promise.all([post(batchOf(3)), post(batchOf(3)), post(batchOf(1)[0])]);
    isOver = true;
    expect(turns.length).toBe(7);
    expect(new Set(turns).size).toBe(7);
  });

  it.each([
    ['too long', {...API_LIMITS, answerLength: 1}],
    ['too slow', {...API_LIMITS, batchMs: 0}],
  ])('does no call more when the answers are %s', async (_, limits) => {
    let calls = 0;
    const {post} = setUp(limits, () => {
      calls += 1;
      return [];
    });
    const silent = {jsonrpc: '2.0', method: 'session.listEquivocations'};
    const {status, replies} = await post([...batchOf(3), silent]);
    expect(status).toBe(200);
    expect(replies).toMatchObject([
      {id: 0, result: {items: []}},
      {id: 1, ...BUSY},
      {id: 2, ...BUSY},
    ]);
    expect(calls).toBe(1);
    expect((await post(batchOf(1)[0])).replies).toMatchObject([{id: 0, result: {items: []}}]);
  });

  it('refuses requests beyond those that it answers, and takes them again afterwards', async () => {
    const {post} = setUp({...API_LIMITS, requests: 2});
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => post(batchOf(2))));
    expect([one!.status, two!.status]).toEqual([200, 200]);
    expect(three).toMatchObject({status: 503, replies: [{id: null, ...BUSY}]});
    expect((await post(batchOf(1))).status).toBe(200);
  });
});
