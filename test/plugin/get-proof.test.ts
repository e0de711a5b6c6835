import {describe, expect, it} from 'vitest';
import {verifyStatePrefixProof} from '../../src/crypto/state-prefix-proof.ts';
import {verifyStateProof} from '../../src/crypto/state-proof.ts';
import {dispatch} from '../../src/plugin/api/dispatch.ts';
import type {ProofInfo} from '../../src/protocol/api-proofs.ts';
import {bytesToHex, hexToBytes, toHash} from '../../src/protocol/bytes.ts';
import {StatePrefixProof} from '../../src/protocol/chain/state-prefix-proof.ts';
import {StateProof} from '../../src/protocol/chain/state-proof.ts';
import {decode} from '../../src/protocol/codec.ts';
import {restoreExecuted} from '../../src/vm/chain.ts';
import {Driver, testAccount, testNode} from '../vm/driver.ts';
import {apiContext} from './api-fixture.ts';

const owner = testAccount('owner');

function setUp() {
  const driver = new Driver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    ['a', 'b', 'c'].map((name, i) => driver.register(owner, testNode(name), undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  const {context} = apiContext(driver);
  const prove = async (params: object) =>
    (await dispatch(context, {method: 'session.getProof', params})) as ProofInfo;
  return {driver, prove};
}

const hexOf = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

function isTrue({stateRoot, keys, prefixes}: ProofInfo): boolean {
  const root = toHash(hexToBytes(stateRoot));
  const keysHold = keys.every(({key, value, proof}) => {
    const bytes = value === null ? undefined : hexToBytes(value);
    return verifyStateProof(root, hexToBytes(key), bytes, decode(StateProof, hexToBytes(proof)));
  });
  const prefixesHold = prefixes.every(({prefix, proof}) =>
    verifyStatePrefixProof(root, hexToBytes(prefix), decode(StatePrefixProof, hexToBytes(proof))),
  );
  return keysHold && prefixesHold;
}

describe('getProof', () => {
  it('proves keys that are there, keys that are not, and prefixes', async () => {
    const {driver, prove} = setUp();
    const found = await prove({keys: ['0x01', '02', 'ff', ''], prefix: '20'});
    expect(found.keys.map(({value}) => value !== null)).toEqual([true, true, false, false]);
    expect(found.prefixes).toMatchObject([{prefix: '0x20', count: 3}]);
    expect(found.stateRoot).toBe(hexOf(driver.state.root()));
    expect(isTrue(found)).toBe(true);
    const members = (await prove({swarmId: 0})).prefixes[0]!.count;
    const others = (await prove({swarmId: 1})).prefixes[0]!.count;
    expect(members + others).toBe(3);
    expect(isTrue(await prove({swarmId: 1}))).toBe(true);
    expect(isTrue(await prove({swarmId: 77}))).toBe(true);
  });

  it('answers for a recent height or root, and for none that is long gone', async () => {
    const {driver, prove} = setUp();
    const {height} = driver.chain.lastAccepted.block;
    for (const block of driver.blocks.slice(-32)) {
      const byHeight = await prove({keys: ['01'], height: block.height.toString()});
      expect(byHeight.stateRoot).toBe(hexOf(block.stateRoot));
      expect(isTrue(byHeight)).toBe(true);
      const byRoot = await prove({keys: ['01'], stateRoot: hexOf(block.stateRoot)});
      expect(byRoot.stateRoot).toBe(byHeight.stateRoot);
    }
    while (driver.chain.lastAccepted.block.height < height + 32n) {
      driver.block(driver.chain.nextEmptyBlockTime);
    }
    await expect(prove({keys: ['01'], height: height.toString()})).rejects.toMatchObject({
      code: 'API_NOT_FOUND',
      details: {what: 'state'},
    });
    expect(await prove({keys: ['01'], height: (height + 1n).toString()})).toBeDefined();
    await expect(prove({keys: ['01'], height: (height + 99n).toString()})).rejects.toMatchObject({
      code: 'API_NOT_FOUND',
    });
  });

  it('after a state has come whole, proves that one and none before it', async () => {
    const {block, map} = setUp().driver.chain.lastAccepted;
    const driver = new Driver({accounts: [owner]});
    const {context} = apiContext(driver);
    const prove = async (params: object) =>
      (await dispatch(context, {method: 'session.getProof', params})) as ProofInfo;
    driver.chain.jump(restoreExecuted(block, map));
    const found = await prove({keys: ['01'], prefix: '20'});
    expect(found.height).toBe(block.height.toString());
    expect(found.stateRoot).toBe(hexOf(block.stateRoot));
    expect(isTrue(found)).toBe(true);
    await expect(prove({keys: ['01'], height: '0'})).rejects.toMatchObject({
      code: 'API_NOT_FOUND',
    });
  });

  it.each([
    [{}, 'keys'],
    [{height: '1'}, 'keys'],
    [{keys: []}, 'keys'],
    [{keys: Array.from({length: 65}, () => '01')}, 'keys'],
    [{keys: ['00'.repeat(65)]}, 'keys'],
    [{keys: [5]}, 'keys'],
    [{keys: '01'}, 'keys'],
    [{prefix: ''}, 'prefix'],
    [{prefix: '00'.repeat(65)}, 'prefix'],
    [{swarmId: -1}, 'swarmId'],
    [{swarmId: 0, stateRoot: '00'}, 'stateRoot'],
  ])('refuses %j by naming %s', async (params, param) => {
    const {prove} = setUp();
    await expect(prove(params)).rejects.toMatchObject({
      code: 'API_INVALID_PARAMS',
      details: {param},
    });
  });
});
