import {afterAll, beforeAll, expect, it} from 'vitest';
import {addressToString, nodeIdToString} from '../../src/crypto/ids.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {type ServedState, serveState} from '../client/chain-server.ts';
import {Driver, testAccount, testNode} from '../vm/driver.ts';
import {runCli} from './run-cli.ts';

const owner = testAccount('owner');
const node = testNode('a');
const nodeId = nodeIdToString(node.nodeId);
const address = addressToString(owner.address);

function chainOf(name: string): Driver {
  const driver = new Driver({accounts: [owner]});
  driver.block(driver.at(1000), [driver.register(owner, testNode(name))]);
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  return driver;
}

const [honest, other] = [chainOf('a'), chainOf('x')];
let [one, two, liar]: ServedState[] = [];
beforeAll(async () => {
  [one, two, liar] = [await serveState(honest), await serveState(honest), await serveState(other)];
});
afterAll(async () => {
  for (const served of [one, two, liar]) await served?.[Symbol.asyncDispose]();
});

const verify = (...words: string[]) => runCli(['verify', ...words]);
const rpc = (...servers: (ServedState | undefined)[]) =>
  servers.flatMap((served) => ['--rpc', served?.url ?? '']);
const root = `0x${bytesToHex(honest.state.root())}`;

it('two servers agree: a node, a swarm and an account, for people and for programs', async () => {
  const shown = await verify('node', nodeId, ...rpc(one, two));
  expect(shown).toMatchObject({code: 0, stderr: ''});
  expect(shown.stdout).toContain(nodeId);
  expect(shown.stdout).toMatch(/state root +0x[0-9a-f]{64}\nblock +9, /);
  expect(shown.stdout).toContain('root that all servers agree on');
  const swarm = await verify('swarm', '0', '--json', ...rpc(one, two));
  const other = await verify('swarm', '1', '--json', ...rpc(one, two));
  const members = [swarm, other].flatMap(({stdout}) => JSON.parse(stdout).value.members);
  expect(members).toEqual([{nodeId, since: '2'}]);
  const account = await verify('account', address, '--json', ...rpc(one, two));
  expect(JSON.parse(account.stdout)).toMatchObject({
    verified: 'agreed',
    stateRoot: root,
    block: {height: '9'},
    value: {address, nonce: '1'},
  });
});

it('one server: the root is unverified, and the answer says so', async () => {
  const shown = await verify('account', address, ...rpc(liar));
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('UNVERIFIED ROOT');
  const json = await verify('account', address, '--json', ...rpc(liar));
  expect(JSON.parse(json.stdout).verified).toBe('unverified');
});

it('a root from elsewhere: the false server has nothing for it', async () => {
  const good = await verify('node', nodeId, '--json', '--root', root, ...rpc(one));
  expect(JSON.parse(good.stdout)).toMatchObject({verified: 'given', stateRoot: root});
  const bad = await verify('node', nodeId, '--root', root, ...rpc(liar));
  expect(bad).toMatchObject({code: 1, stdout: ''});
  expect(bad.stderr).toContain('[CLIENT_STATE_NOT_AT_HAND]');
});

it('what the proof shows to be missing ends with code 1, and is shown', async () => {
  const none = nodeIdToString(testNode('none').nodeId);
  for (const words of [
    ['swarm', '77'],
    ['node', none],
  ]) {
    const shown = await verify(...words, ...rpc(one, two));
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain('root that all servers agree on');
    expect(shown.stderr).toContain('[CLI_NOT_FOUND]');
  }
});

it('two servers that disagree are an error, wrong words a usage error', async () => {
  const shown = await verify('swarm', '0', ...rpc(one, liar));
  expect(shown).toMatchObject({code: 1, stdout: ''});
  expect(shown.stderr).toContain('[CLIENT_ROOTS_DISAGREE]');
  expect(await verify('planet', '9', ...rpc(one))).toMatchObject({code: 2});
  expect(await verify('swarm', 'x', ...rpc(one))).toMatchObject({code: 2});
  expect(await verify('swarm', '0')).toMatchObject({code: 2});
});
