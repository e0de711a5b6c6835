import {beforeAll, describe, expect, it} from 'vitest';
import {nodeIdToString} from '../../src/crypto/ids.ts';
import {type Api, createApi} from '../../src/plugin/api/json-rpc.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {testAccount, testNode} from '../vm/driver.ts';
import {apiContext} from './api-fixture.ts';
import {openHistory, RecordedDriver} from './events/recorded-driver.ts';
import {documentedAnswer} from './openrpc-document.ts';

const owner = testAccount('owner');
const [good, silent, late] = [testNode('good'), testNode('silent'), testNode('late')];
const NODES = [good, silent, late];

type Page = {
  readonly items: readonly {readonly epoch: string; readonly reasons: readonly string[]}[];
  readonly knownFrom: string;
  readonly cursor?: string;
};

let api: Api;
beforeAll(async () => {
  const driver = new RecordedDriver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    NODES.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  for (const epoch of [2, 3, 4]) {
    driver.runEpoch(epoch, {committing: [good, late], answering: [good]});
  }
  driver.block(driver.inEpoch(5));
  const {history} = await openHistory(driver.acceptances);
  api = createApi(apiContext(driver, {history}).context);
});

async function pageOf(node: typeof good, params: object): Promise<Page> {
  const nodeId = nodeIdToString(node.nodeId);
  const call = {jsonrpc: '2.0', id: 1, method: 'session.getMisses', params: {nodeId, ...params}};
  const {body} = await api.handle(utf8ToBytes(JSON.stringify(call)));
  const {result} = JSON.parse(new TextDecoder().decode(body)) as {readonly result: Page};
  expect(documentedAnswer('getMisses', result)).toEqual([]);
  return result;
}

describe('getMisses', () => {
  it('tells each miss of a node with its reasons and price, newest first', async () => {
    const price = {burned: '500000', paidByCredit: false, excused: false};
    const {items} = await pageOf(silent, {});
    expect(items).toMatchObject(
      ['4', '3', '2'].map((epoch) => ({epoch, reasons: ['noCommitment', 'noAnswer'], ...price})),
    );
    expect((await pageOf(late, {})).items).toMatchObject(
      ['4', '3', '2'].map((epoch) => ({epoch, reasons: ['noAnswer'], ...price})),
    );
    expect(await pageOf(good, {})).toEqual({items: [], knownFrom: '1'});
  });

  it('tells them page by page, each once', async () => {
    const first = await pageOf(silent, {limit: 2});
    expect(first.items.map(({epoch}) => epoch)).toEqual(['4', '3']);
    const second = await pageOf(silent, {limit: 2, cursor: first.cursor});
    expect(second.items.map(({epoch}) => epoch)).toEqual(['2']);
    expect(second.cursor).toBeUndefined();
  });
});
