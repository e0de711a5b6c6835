import {beforeAll, describe, expect, it} from 'vitest';
import {addressToString, idToString, nodeIdToString} from '../../src/crypto/ids.ts';
import {type Api, createApi} from '../../src/plugin/api/json-rpc.ts';
import {METHODS} from '../../src/plugin/api/registry.ts';
import {bytesToHex, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {Driver, testAccount, testNode} from '../vm/driver.ts';
import {apiContext} from './api-fixture.ts';
import {documentedAnswer, documentedParams} from './openrpc-document.ts';

const owner = testAccount('owner');
const nodes = [testNode('a'), testNode('b'), testNode('c')];

/** The API over a real chain in memory: three seated nodes in the middle of round A. */
function setUp(): {
  readonly api: Api;
  readonly driver: Driver;
  readonly internal: readonly unknown[];
} {
  const driver = new Driver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  driver.block(driver.now + 1000n, [driver.commit(nodes[0]!)]);
  const {context, internal} = apiContext(driver);
  return {api: createApi(context), driver, internal};
}

type Reply = {
  readonly jsonrpc?: string;
  readonly id: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: answers of sixteen methods, looked at field by field.
  readonly result?: any;
  // biome-ignore lint/suspicious/noExplicitAny: text in 1.0, an object in 2.0.
  readonly error?: any;
};

const {api, driver, internal} = setUp();

async function post(body: unknown): Promise<{status: number; reply: Reply}> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const {status, body: bytes} = await api.handle(utf8ToBytes(text));
  const answer = new TextDecoder().decode(bytes);
  return {status, reply: answer === '' ? {id: 'silent'} : JSON.parse(answer)};
}

async function call(method: string, params?: unknown): Promise<Reply> {
  const {reply} = await post({jsonrpc: '2.0', id: 1, method: `session.${method}`, params});
  return reply;
}

describe('JSON-RPC forms', () => {
  it.each(['session.getEpoch', 'sessionvm.getEpoch', 'session.GetEpoch', 'sessionvm.GetEpoch'])(
    'knows %s',
    async (method) => {
      const {reply} = await post({jsonrpc: '2.0', id: 'x', method});
      expect(reply).toMatchObject({jsonrpc: '2.0', id: 'x', result: {epoch: '2', phase: 'roundA'}});
    },
  );

  it('answers 1.0 in the form of Go clients', async () => {
    const good = await post({
      id: 7,
      method: 'session.SwarmOf',
      params: [{pubkey: `0x${'07'.repeat(33)}`}],
    });
    expect(good.reply).toMatchObject({id: 7, error: null, result: {numSwarms: 2}});
    const bad = await post({id: 8, method: 'session.Nothing', params: [{}]});
    expect(bad.reply).toMatchObject({id: 8, result: null});
    expect(bad.reply.error).toMatch(/^API_METHOD_NOT_FOUND/);
  });

  it('answers a batch in its order and stays silent on notifications', async () => {
    const {reply, status} = await post([
      {jsonrpc: '2.0', id: 1, method: 'session.getNetwork'},
      {jsonrpc: '2.0', method: 'session.getNetwork'},
      5,
      {jsonrpc: '2.0', id: 3, method: 'session.health'},
    ]);
    expect(status).toBe(200);
    expect(reply).toMatchObject([
      {id: 1, result: {networkId: 1337}},
      {id: null, error: {data: {code: 'API_INVALID_REQUEST'}}},
      {id: 3, result: {healthy: true, conservation: true}},
    ]);
    const silent = await post({jsonrpc: '2.0', method: 'session.getNetwork'});
    expect(silent.status).toBe(204);
  });

  it.each([
    ['API_PARSE_ERROR', '{'],
    ['API_PARSE_ERROR', ''],
    ['API_INVALID_REQUEST', '[]'],
    ['API_INVALID_REQUEST', 'null'],
    ['API_INVALID_REQUEST', `[${Array.from({length: 101}, () => '1').join()}]`],
    ['API_METHOD_NOT_FOUND', '{"jsonrpc":"2.0","id":1,"method":"eth.getEpoch"}'],
    ['API_METHOD_NOT_FOUND', '{"jsonrpc":"2.0","id":1,"method":"session.toString"}'],
    ['API_METHOD_NOT_FOUND', '{"jsonrpc":"2.0","id":1,"method":"session.getEpoch.x"}'],
    ['API_INVALID_REQUEST', '{"jsonrpc":"2.0","id":1}'],
    ['API_INVALID_PARAMS', '{"jsonrpc":"2.0","id":1,"method":"session.getEpoch","params":{"a":1}}'],
    ['API_INVALID_PARAMS', '{"jsonrpc":"2.0","id":1,"method":"session.getEpoch","params":[1,2]}'],
    [
      'API_INVALID_PARAMS',
      '{"jsonrpc":"2.0","id":1,"method":"session.getBlock","params":{"id":"x"}}',
    ],
    ['API_MESSAGING_OFF_CHAIN', '{"jsonrpc":"2.0","id":1,"method":"sessionvm.SendMessage"}'],
  ])('answers %s to %s', async (code, body) => {
    const {reply} = await post(body);
    expect(reply.error.data.code).toBe(code);
    expect(internal).toEqual([]);
  });
});

describe('methods', () => {
  const nodeId = nodeIdToString(nodes[0]!.nodeId);
  const address = addressToString(owner.address);

  it('covers every method of the registry', () => {
    expect(Object.keys(METHODS).sort()).toEqual([...Object.keys(ROWS)].sort());
  });

  let tx = '';
  beforeAll(() => {
    tx = `0x${bytesToHex(driver.transfer(owner, testAccount('other').address, 5n).bytes)}`;
  });

  const ROWS: Record<string, {params: () => unknown; result: () => unknown}> = {
    getNetwork: {
      params: () => ({}),
      result: () => ({
        preset: 'dev',
        epochSeconds: 20,
        minStake: '100000000',
        chainId: idToString(driver.config.chainId),
      }),
    },
    getLastAccepted: {
      params: () => ({encoding: 'hex'}),
      result: () => ({bytes: `0x${bytesToHex(driver.chain.lastAccepted.block.bytes)}`}),
    },
    getBlock: {
      params: () => ({id: idToString(driver.blocks[0]!.id)}),
      result: () => ({height: '1', txIds: driver.blocks[0]!.txs.map(({id}) => idToString(id))}),
    },
    getBlockByHeight: {
      params: () => ({height: '1'}),
      result: () => ({id: idToString(driver.blocks[0]!.id)}),
    },
    getTx: {
      params: () => ({id: idToString(driver.blocks[0]!.txs[1]!.id)}),
      result: () => ({status: 'accepted', kind: 'registerServiceNode', height: '1'}),
    },
    getAccount: {
      params: () => ({address}),
      result: () => ({
        balance: (1_000_000_000_000n - 300_000_000n).toString(),
        nonce: '3',
        nextNonce: '3',
      }),
    },
    issueTx: {
      params: () => ({tx}),
      result: () => ({txId: expect.stringMatching(/^[1-9A-Za-z]{40,}$/)}),
    },
    getServiceNode: {
      params: () => ({nodeId}),
      result: () => ({
        nodeId,
        stake: '100000000',
        status: 'active',
        seat: 'serving',
        uptimeScore: 10_000,
        owner: address,
      }),
    },
    getMisses: {params: () => ({nodeId}), result: () => ({items: [], knownFrom: '1'})},
    listEquivocations: {params: () => ({}), result: () => ({items: []})},
    listServiceNodes: {
      params: () => ({limit: 2}),
      result: () => ({items: [{}, {}], cursor: expect.stringMatching(/^NodeID-/)}),
    },
    getSwarm: {
      params: () => ({swarmId: 0}),
      result: () => ({swarmId: 0, hasMajority: null, w: null}),
    },
    listSwarms: {params: () => ({}), result: () => ({items: [{swarmId: 0}, {swarmId: 1}]})},
    swarmOf: {params: () => ({pubkey: `07${'00'.repeat(32)}`}), result: () => ({numSwarms: 2})},
    getEpoch: {
      params: () => ({}),
      result: () => ({epoch: '2', dutyCount: 3, drawn: false, numSwarms: 2}),
    },
    getStakeSummary: {
      params: () => ({}),
      result: () => ({totalBonded: '300000000', burned: '0', nodeCount: 3}),
    },
    getDuties: {
      params: () => ({nodeId}),
      result: () => ({
        registered: true,
        hasDuties: true,
        phase: 'roundA',
        epoch: '2',
        hashChainTip: `0x${bytesToHex(nodes[0]!.links[1]!)}`,
        roundA: [{count: 1, recordCount: '0'}],
        accepted: {roundA: {c: expect.stringMatching(/^0x/)}, roundB: null, answer: null},
      }),
    },
    getForecast: {
      params: () => ({nodeId}),
      result: () => ({
        epoch: '2',
        final: false,
        hasDuties: true,
        proofs: {commitment: 'done', answer: 'open', possession: 'open'},
        running: {verdict: 'miss', reasons: ['noAnswer'], paidByCredit: false},
        previous: null,
      }),
    },
    getProof: {
      params: () => ({nodeId, swarmId: 0}),
      result: () => ({
        height: driver.chain.lastAccepted.block.height.toString(),
        stateRoot: `0x${bytesToHex(driver.state.root())}`,
        keys: [{key: expect.stringMatching(/^0x20/)}, {}, {value: null}, {key: '0x01'}],
        prefixes: [{prefix: '0x3000000000'}],
      }),
    },
    health: {
      params: () => ({}),
      result: () => ({healthy: true, nodesActive: 3, database: 'ok', state: 'normalOp'}),
    },
  };

  it.each(Object.keys(ROWS))('%s answers what the chain holds', async (method) => {
    const row = ROWS[method]!;
    const {result, error} = await call(method, row.params());
    expect(error).toBeUndefined();
    expect(result).toMatchObject(row.result() as object);
    expect(documentedParams(method, row.params() as object)).toEqual([]);
    expect(documentedAnswer(method, result)).toEqual([]);
  });

  it('walks all pages without a repeat', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const {result} = await call('listServiceNodes', {
        limit: 1,
        ...(cursor === undefined ? {} : {cursor}),
      });
      seen.push(...result.items.map((item: {nodeId: string}) => item.nodeId));
      cursor = result.cursor;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(3);
  });

  it('counts waiting transactions in nextNonce and refuses with the reason', async () => {
    const {result} = await call('getAccount', {address});
    expect(result).toMatchObject({nonce: '3', nextNonce: '4'});
    const again = await call('issueTx', {tx});
    expect(again.error.data).toMatchObject({code: 'API_TX_REFUSED'});
    const short = await call('issueTx', {tx: tx.slice(0, -2)});
    expect(short.error.data).toMatchObject({code: 'API_TX_REFUSED', reason: 'CODEC_TRUNCATED'});
  });

  it.each([
    ['getServiceNode', {nodeId: nodeIdToString(testNode('nobody').nodeId)}],
    ['getMisses', {nodeId: nodeIdToString(testNode('nobody').nodeId)}],
    ['getBlockByHeight', {height: '999'}],
    ['getBlock', {id: '11111111111111111111111111111111LpoYY'}],
  ])('%s says so when there is nothing', async (method, params) => {
    const {error} = await call(method, params);
    expect(error.data.code).toBe('API_NOT_FOUND');
  });
});
