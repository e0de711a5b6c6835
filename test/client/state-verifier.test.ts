import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {StateVerifier, type Verified} from '../../src/client/state-verifier.ts';
import {type ChainServer, chainServers} from '../../src/client/trusted-root.ts';
import {idToString, nodeIdToString} from '../../src/crypto/ids.ts';
import {dispatch} from '../../src/plugin/api/dispatch.ts';
import {bytesToHex, hexToBytes, toHash} from '../../src/protocol/bytes.ts';
import {StatePrefixProof} from '../../src/protocol/chain/state-prefix-proof.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {swarmMembers} from '../../src/vm/state/seats.ts';
import {apiContext} from '../plugin/api-fixture.ts';
import {Driver, testAccount, testNode} from '../vm/driver.ts';
import {type Lie, type ServedState, serveState} from './chain-server.ts';

const owner = testAccount('owner');
const nobody = testNode('nobody');

/** A chain whose nodes have seats, in the third epoch. */
function chainOf(names: readonly string[], balance?: bigint): Driver {
  const driver = new Driver({accounts: [owner], ...(balance === undefined ? {} : {balance})});
  driver.block(
    driver.at(1000),
    names.map((name, i) => driver.register(owner, testNode(name), undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  return driver;
}

const honest = chainOf(['a', 'b', 'c', 'd', 'e', 'f']);
/** Complete and consistent, and not the chain: other nodes, other balances. */
const false_ = chainOf(['a', 'x', 'y', 'z'], 5_000_000_000n);
const a = testNode('a');

/** The same blocks but the last three. */
function laggingChain(): Driver {
  const driver = new Driver({accounts: [owner]});
  for (const {bytes} of honest.blocks.slice(0, -3)) driver.acceptBytes(bytes);
  return driver;
}

const open: ServedState[] = [];
async function serve(driver: Driver, lie?: Lie): Promise<ServerAt> {
  const served = await serveState(driver, lie);
  open.push(served);
  return {...served.server, url: served.url};
}
type ServerAt = ChainServer & {readonly url: string};

let one: ServerAt;
let two: ServerAt;
let liar: ServerAt;
beforeAll(async () => {
  [one, two, liar] = [await serve(honest), await serve(honest), await serve(false_)];
});
afterAll(async () => {
  for (const served of open) await served[Symbol.asyncDispose]();
});

type Question = (verifier: StateVerifier) => Promise<Verified<unknown>>;
const QUESTIONS: readonly (readonly [string, Question])[] = [
  ['node', (verifier) => verifier.node(a.nodeId)],
  ['absent node', (verifier) => verifier.node(nobody.nodeId)],
  ['swarm', (verifier) => verifier.swarm(0)],
  ['account', (verifier) => verifier.account(owner.address)],
];

const root = (driver: Driver) => toHash(driver.state.root());
const verifierOf = (...servers: readonly ChainServer[]) => new StateVerifier({servers});
const membersOf = (driver: Driver, swarmId: number) =>
  [...swarmMembers(driver.state, swarmId)].map(nodeIdToString);

describe('two servers that agree', () => {
  it('a node: its record and keys, or that there is none', async () => {
    const {verified, value, block, stateRoot} = await verifierOf(one, two).node(a.nodeId);
    expect(verified).toBe('agreed');
    expect(value.record?.keys.publicKey).toEqual(a.key);
    expect(value.record?.node.owner).toEqual(owner.address);
    expect(stateRoot).toBe(`0x${bytesToHex(root(honest))}`);
    expect(block).toMatchObject({
      id: idToString(honest.chain.lastAccepted.block.id),
      height: honest.chain.lastAccepted.block.height,
    });
    const none = await verifierOf(one, two).node(nobody.nodeId);
    expect(none).toMatchObject({verified: 'agreed', value: {nodeId: expect.any(String)}});
    expect(none.value.record).toBeUndefined();
  });

  it('a swarm: all members, with the epoch; one without members is empty', async () => {
    for (const swarmId of [0, 1, 9]) {
      const {verified, value} = await verifierOf(one, two).swarm(swarmId);
      expect(verified).toBe('agreed');
      expect(value).toMatchObject({swarmId, epoch: 2n, numSwarms: 2});
      expect(value.members.map(({nodeId}) => nodeId)).toEqual(membersOf(honest, swarmId));
    }
    expect(membersOf(honest, 0).length + membersOf(honest, 1).length).toBe(6);
  });

  it('an account: its balance; one that nobody used has zeros', async () => {
    const {verified, value} = await verifierOf(one, two).account(owner.address);
    expect({verified, nonce: value.nonce}).toEqual({verified: 'agreed', nonce: 6n});
    const unused = await verifierOf(one, two).account(testAccount('unused').address);
    expect(unused.value).toMatchObject({balance: 0n, nonce: 0n});
  });

  it('of which one is behind: the newest block that both have', async () => {
    const behind = await serve(laggingChain());
    for (const servers of [
      [one, behind],
      [behind, one],
    ]) {
      const {verified, block} = await verifierOf(...servers).swarm(0);
      expect(verified).toBe('agreed');
      expect(block?.height).toBe(honest.chain.lastAccepted.block.height - 3n);
    }
    const three = await verifierOf(behind, one, two).swarm(0);
    expect(three.block?.height).toBe(honest.chain.lastAccepted.block.height);
  });
});

describe.each(QUESTIONS)('%s', (_, ask) => {
  it('a consistent false state: disagreement with two, unverified alone', async () => {
    for (const servers of [
      [one, liar],
      [liar, one],
      [one, two, liar],
    ]) {
      await expect(ask(verifierOf(...servers))).rejects.toMatchObject({
        code: 'CLIENT_ROOTS_DISAGREE',
        details: {one: expect.any(String), other: expect.any(String)},
      });
    }
    const alone = await ask(verifierOf(liar));
    expect(alone.verified).toBe('unverified');
    expect(alone.stateRoot).toBe(`0x${bytesToHex(root(false_))}`);
    expect((await ask(verifierOf(one))).verified).toBe('unverified');
  });

  it('a given root: of any server that has it, and of no other', async () => {
    const stateRoot = root(honest);
    for (const servers of [[one], [liar, one]]) {
      const found = await ask(new StateVerifier({servers, stateRoot}));
      expect(found.verified).toBe('given');
      expect(found.block).toBeUndefined();
      expect(found.value).toEqual((await ask(verifierOf(one, two))).value);
    }
    await expect(ask(new StateVerifier({servers: [liar], stateRoot}))).rejects.toMatchObject({
      code: 'CLIENT_STATE_NOT_AT_HAND',
      details: {asked: 1, reason: 'API_NOT_FOUND'},
    });
  });

  it('proofs of the false state do not pass under the true root', async () => {
    const forger = await serve(honest, (method, result, params) => {
      if (method !== 'getProof') return result;
      const {height: _height, stateRoot: _root, ...subject} = params;
      return proofsOf(false_, subject, {stateRoot: result.stateRoot});
    });
    for (const verifier of [
      verifierOf(forger, one),
      verifierOf(forger),
      new StateVerifier({servers: [forger], stateRoot: root(honest)}),
    ]) {
      await expect(ask(verifier)).rejects.toMatchObject({code: 'CLIENT_PROOF_INVALID'});
    }
  });
});

/** What another chain proves, under whatever header. */
async function proofsOf(driver: Driver, params: object, header: object) {
  const {context} = apiContext(driver);
  const info = (await dispatch(context, {method: 'session.getProof', params})) as object;
  return {...info, ...header};
}

describe('a server that changes what it proves', () => {
  // biome-ignore lint/suspicious/noExplicitAny: answers, changed field by field.
  const cases: readonly (readonly [string, Question, (info: any) => void])[] = [
    [
      'leaves a member out',
      (verifier) => verifier.swarm(0),
      (info) => {
        const proof = decode(StatePrefixProof, hexToBytes(info.prefixes[0].proof));
        const less = {...proof, entries: proof.entries.slice(1)};
        info.prefixes[0].proof = `0x${bytesToHex(encode(StatePrefixProof, less))}`;
      },
    ],
    [
      'adds a member',
      (verifier) => verifier.swarm(0),
      (info) => {
        const proof = decode(StatePrefixProof, hexToBytes(info.prefixes[0].proof));
        const key = Uint8Array.of(...hexToBytes(info.prefixes[0].prefix), ...nobody.nodeId);
        const entries = [...proof.entries, {key, value: new Uint8Array(8)}];
        entries.sort((x, y) => (bytesToHex(x.key) < bytesToHex(y.key) ? -1 : 1));
        info.prefixes[0].proof = `0x${bytesToHex(encode(StatePrefixProof, {...proof, entries}))}`;
      },
    ],
    ['shows no swarm', (verifier) => verifier.swarm(0), (info) => info.prefixes.pop()],
    [
      'shows the other swarm',
      (verifier) => verifier.swarm(0),
      (info) => {
        info.prefixes[0].prefix = '0x3000000001';
      },
    ],
    [
      'raises a balance',
      (verifier) => verifier.account(owner.address),
      (info) => {
        info.keys[0].value = info.keys[0].value.replace('0x0000', '0x0100');
      },
    ],
    [
      'denies an account',
      (verifier) => verifier.account(owner.address),
      (info) => {
        info.keys[0].value = null;
      },
    ],
    [
      'denies a node',
      (verifier) => verifier.node(a.nodeId),
      (info) => {
        info.keys[0].value = null;
      },
    ],
    [
      'swaps the node’s key',
      (verifier) => verifier.node(a.nodeId),
      (info) => {
        info.keys[1].value = info.keys[1].value.replace(/^0x../, '0x00');
      },
    ],
    [
      'sends bytes that are no proof',
      (verifier) => verifier.node(a.nodeId),
      (info) => {
        info.keys[0].proof = '0x01';
      },
    ],
  ];

  it.each(cases)('%s: CLIENT_PROOF_INVALID', async (_name, ask, change) => {
    const cheat = await serve(honest, (method, result) => {
      if (method === 'getProof') change(result);
      return result;
    });
    for (const servers of [[cheat], [cheat, one]]) {
      await expect(ask(verifierOf(...servers))).rejects.toMatchObject({
        code: 'CLIENT_PROOF_INVALID',
      });
    }
  });
});

describe('too few servers', () => {
  it('one of two does not answer: that is no agreement', async () => {
    const [dead] = chainServers(['http://127.0.0.1:1/rpc'], 500);
    await expect(verifierOf(one, dead!).swarm(0)).rejects.toMatchObject({
      code: 'CLIENT_ROOTS_TOO_FEW',
      details: {answered: 1, asked: 2},
    });
    expect((await verifierOf(one, dead!, two).swarm(0)).verified).toBe('agreed');
    await expect(verifierOf().swarm(0)).rejects.toMatchObject({code: 'CLIENT_ROOTS_TOO_FEW'});
  });

  it('two URLs of one server are one server', async () => {
    const servers = chainServers([one.url, `${one.url}?again`]);
    expect(servers).toHaveLength(1);
    expect((await verifierOf(...servers).swarm(0)).verified).toBe('unverified');
    expect(() => chainServers(['ftp://x/'])).toThrow('CLIENT_BAD_URL');
  });

  it('a height that nobody else has moves nothing', async () => {
    const boaster = await serve(honest, (method, result) =>
      method === 'getLastAccepted' ? {...result, height: '999999999'} : result,
    );
    const {verified, block} = await verifierOf(boaster, one, two).swarm(0);
    expect(verified).toBe('agreed');
    expect(block?.height).toBe(honest.chain.lastAccepted.block.height);
  });
});
