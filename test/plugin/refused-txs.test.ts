import {describe, expect, it} from 'vitest';
import {idToString} from '../../src/crypto/ids.ts';
import {createApi} from '../../src/plugin/api/json-rpc.ts';
import {RefusedTxs} from '../../src/plugin/refused-txs.ts';
import {toTxId, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {buildBlock} from '../../src/vm/builder.ts';
import {TxError} from '../../src/vm/errors.ts';
import {Mempool} from '../../src/vm/mempool.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {Driver, testAccount} from '../vm/driver.ts';
import {apiContext} from './api-fixture.ts';

const [rich, other] = [testAccount('rich'), testAccount('other')];

function setUp() {
  const driver = new Driver({accounts: [rich]});
  const refused = new RefusedTxs(() => driver.now);
  const mempool = new Mempool(({id}, code) => refused.add(id, code));
  const context = {...apiContext(driver, {refusalOf: (id) => refused.get(id)}).context, mempool};
  const api = createApi(context);
  const statusOf = async ({id}: Pick<ParsedTx, 'id'>): Promise<unknown> => {
    const call = {jsonrpc: '2.0', id: 1, method: 'session.getTx', params: {id: idToString(id)}};
    const {body} = await api.handle(utf8ToBytes(JSON.stringify(call)));
    return JSON.parse(new TextDecoder().decode(body)).result;
  };
  return {driver, refused, mempool, statusOf};
}

describe('transactions that were refused', () => {
  it('are told with their code when the builder drops them', async () => {
    const {driver, mempool, statusOf} = setUp();
    const late = driver.transfer(rich, other.address, 5n, 3n);
    mempool.add(late);
    expect(await statusOf(late)).toMatchObject({status: 'pending'});
    expect(() => buildBlock(driver.chain, mempool, driver.at(1000))).toThrow();
    expect(await statusOf(late)).toEqual({
      id: idToString(late.id),
      status: 'refused',
      code: 'TX_WRONG_NONCE',
    });
  });

  it('are told when a better fee took their place', async () => {
    const {driver, mempool, statusOf} = setUp();
    const cheap = driver.transfer(rich, other.address, 5n);
    const next = driver.transfer(rich, other.address, 5n, 1n);
    const {rules} = driver.config;
    const dear = new Driver({
      accounts: [rich],
      rules: {minFee: String(rules.minFee + 1n)},
    }).transfer(rich, other.address, 5n);
    for (const tx of [cheap, next, dear]) mempool.add(tx);
    for (const tx of [cheap, next]) {
      expect(await statusOf(tx)).toMatchObject({status: 'refused', code: 'TX_REPLACED'});
    }
    expect(await statusOf(dear)).toMatchObject({status: 'pending'});
    mempool.remove(dear);
    expect(await statusOf(dear)).toMatchObject({status: 'unknown'});
  });

  it('are remembered by what was sent, but not for being known', () => {
    const {driver, refused} = setUp();
    const {id, bytes} = driver.transfer(rich, other.address, 5n);
    refused.addFailure(bytes, new TxError('TX_ALREADY_KNOWN'));
    refused.addFailure(bytes, new Error('not a refusal'));
    expect(refused.get(id)).toBeUndefined();
    refused.addFailure(bytes, new TxError('TX_INVALID_SIGNATURE'));
    expect(refused.get(id)).toEqual({code: 'TX_INVALID_SIGNATURE', refusedAtMs: driver.now});
  });

  it('are the newest 4096', () => {
    const {refused} = setUp();
    const ids = Array.from({length: 4097}, (_, i) => {
      const id = new Uint8Array(32);
      new DataView(id.buffer).setUint32(0, i);
      return toTxId(id);
    });
    for (const id of ids) refused.add(id, 'TX_EXPIRED');
    expect(refused.get(ids[0]!)).toBeUndefined();
    expect(refused.get(ids[1]!)).toMatchObject({code: 'TX_EXPIRED'});
    expect(refused.get(ids[4096]!)).toMatchObject({code: 'TX_EXPIRED'});
  });
});
